/** What this browser keeps of models: looking, deleting, and asking the browser not to clear it. */

import { toErrorRecord } from '../../base/errors.ts';
import type { StorageInfo, StoredFile } from '../../engine/api.ts';
import { connectedEngine } from '../session.ts';
import { getState, patchModels } from '../store.ts';
import type { Kept } from './types.ts';

export function refreshKept(): Promise<void> {
  return update(() => connectedEngine().storage());
}

/** Deletes kept files by their ids. What needs them later downloads them again. */
export function deleteKept(ids: string[]): Promise<void> {
  return update(() => connectedEngine().deleteStored({ ids }));
}

/** Asks the browser for a promise to keep the models; the answer shows in `persisted`. */
export function keepModels(): Promise<void> {
  return update(async () => {
    await connectedEngine().persistStorage();
    return connectedEngine().storage();
  });
}

/** The kept files of one repository. */
export interface KeptGroup {
  /** `owner/name`, or empty for files that nothing is known to use. */
  repo: string;
  files: { file: StoredFile; name: string; alsoUsedBy: string[] }[];
  stored: number;
}

/** Files under each repository that uses them, by name; one that several use stands under each. */
export function groupKept(files: readonly StoredFile[]): KeptGroup[] {
  const groups = new Map<string, KeptGroup>();
  for (const file of files) {
    const uses = file.usedBy.map(placeOf);
    const repos = [...new Set(uses.map(({ repo }) => repo))];
    for (const repo of repos.length > 0 ? repos : ['']) {
      const group = groups.get(repo) ?? { repo, files: [], stored: 0 };
      const name = uses.find((use) => use.repo === repo)?.name ?? file.id.slice(0, 12);
      group.files.push({ file, name, alsoUsedBy: repos.filter((other) => other !== repo) });
      group.stored += file.stored;
      groups.set(repo, group);
    }
  }
  for (const group of groups.values()) group.files.sort((a, b) => a.name.localeCompare(b.name));
  return [...groups.values()].sort((a, b) => a.repo.localeCompare(b.repo));
}

/** `owner/name@commit/file` in its parts; a file may lie in a folder. */
function placeOf(usedBy: string): { repo: string; name: string } {
  const [, repo = '', name = usedBy] = /^([^@]+)@[^/]+\/(.+)$/.exec(usedBy) ?? [];
  return { repo, name };
}

async function update(work: () => Promise<StorageInfo>): Promise<void> {
  patchKept({ working: true, error: null });
  try {
    patchKept({ info: await work(), working: false });
  } catch (error) {
    patchKept({ working: false, error: toErrorRecord(error) });
  }
}

function patchKept(change: Partial<Kept>): void {
  patchModels({ kept: { ...getState().models.kept, ...change } });
}
