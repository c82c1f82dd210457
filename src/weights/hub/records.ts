/** Repositories that were looked up, remembered so that a pinned revision needs no network ever again. */

import { isObject } from '../json.ts';
import type { BlobStore } from '../store/blobStore.ts';
import { readFile } from './api.ts';
import type { HubFile, HubRepo } from './hub.ts';
import { isCommit, pageUrl, type RepoAt } from './repoName.ts';

/** One record per repository. */
interface Remembered {
  /** Revision as asked for → commit. */
  readonly revisions: Readonly<Record<string, string>>;
  readonly commits: Readonly<Record<string, { license: string | null; files: readonly HubFile[] }>>;
}

export class Records {
  constructor(
    private readonly store: BlobStore,
    private readonly endpoint: string,
  ) {}

  /** A repository as it was when this revision was first looked up, or null. */
  async recall({ name, revision }: RepoAt): Promise<HubRepo | null> {
    const { revisions, commits } = await this.read(name);
    const commit = Object.hasOwn(revisions, revision) ? revisions[revision] : revision;
    const found = commit && Object.hasOwn(commits, commit) ? commits[commit] : undefined;
    if (!found || !commit) return null;
    return { name, revision, commit, url: pageUrl(this.endpoint, name), ...found };
  }

  /** Fails silently: remembering is a convenience, as keeping is. */
  async remember({ name, revision, commit, license, files }: HubRepo): Promise<void> {
    await this.change(name, ({ revisions, commits }) => ({
      revisions: { ...revisions, [revision]: commit },
      commits: { ...commits, [commit]: { license, files } },
    })).catch(() => {});
  }

  async forget(name: string, commit: string): Promise<void> {
    await this.change(name, ({ revisions, commits }) => ({
      revisions: Object.fromEntries(Object.entries(revisions).filter(([, at]) => at !== commit)),
      commits: Object.fromEntries(Object.entries(commits).filter(([at]) => at !== commit)),
    }));
  }

  private change(name: string, change: (old: Remembered) => Remembered): Promise<void> {
    const record = this.recordName(name);
    return this.store.exclusively(record, async () => {
      const changed = change(await this.read(name));
      if (Object.keys(changed.commits).length) await this.store.writeRecord(record, changed);
      else await this.store.removeRecord(record);
    });
  }

  /** Other versions, and crashes, may have left anything: what is not understood counts as forgotten. */
  private async read(name: string): Promise<Remembered> {
    const value = await this.store.readRecord(this.recordName(name)).catch(() => null);
    const { revisions, commits } = isObject(value) ? value : {};
    const known = Object.entries(isObject(commits) ? commits : {}).flatMap(([commit, entry]) => {
      if (!isCommit(commit) || !isObject(entry) || !Array.isArray(entry.files)) return [];
      const files = entry.files.map(readRemembered);
      if (files.some((file) => file === null)) return [];
      const license = typeof entry.license === 'string' ? entry.license : null;
      return [[commit, { license, files: files as HubFile[] }] as const];
    });
    const pinned = Object.entries(isObject(revisions) ? revisions : {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    return { revisions: Object.fromEntries(pinned), commits: Object.fromEntries(known) };
  }

  private recordName(name: string): string {
    return `repo ${this.endpoint} ${name}`;
  }
}

function readRemembered(file: unknown): HubFile | null {
  if (!isObject(file)) return null;
  return readFile({ ...file, lfs: file.sha256 === null ? null : { oid: file.sha256 } });
}
