/** The client of a Hugging Face Hub: looks repositories up, opens them as checkpoints, keeps what it downloads. */

import { missingFiles, readExactly } from '../byteSource.ts';
import type { BlobStore } from '../store/blobStore.ts';
import { MAX_INDEX_BYTES } from '../weightFiles.ts';
import type { Fetch, Net } from './answer.ts';
import { fetchRevision, fetchTree, subjectOf } from './api.ts';
import { keyOf } from './hasher.ts';
import type { Hub, HubFile, HubRepo, OpenRepoOptions } from './hub.ts';
import { hubSource } from './hubSource.ts';
import { neededFiles } from './neededFiles.ts';
import { Records } from './records.ts';
import { fileUrl, pageUrl, parseRepo, type RepoAt } from './repoName.ts';
import { DEFAULT_TIMING, type Timing } from './timing.ts';
import { Trouble } from './trouble.ts';

export interface HubOptions {
  /** E.g. `https://huggingface.co`. */
  endpoint: string;
  store: BlobStore;
  /** For tests. */
  fetch?: Fetch;
  /** For tests: delays, in milliseconds. */
  timing?: Partial<Timing>;
}

export function createHub(options: HubOptions): Hub {
  const { store } = options;
  const endpoint = options.endpoint.replace(/\/+$/, '');
  const net: Net = {
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    timing: { ...DEFAULT_TIMING, ...options.timing },
  };
  const records = new Records(store, endpoint);

  function sourceOf(repo: Pick<HubRepo, 'name' | 'commit'>, file: HubFile, opened: OpenRepoOptions = {}) {
    const { name, commit } = repo;
    const remote = {
      name: `${file.path} of ${name}`,
      page: pageUrl(endpoint, name),
      file: file.path,
      url: fileUrl(endpoint, name, commit, file.path),
      size: file.size,
    };
    return hubSource({ ...opened, net, store, file, remote, place: `${name}@${commit}/${file.path}` });
  }

  async function ask(repo: RepoAt, signal?: AbortSignal): Promise<HubRepo> {
    const { name, revision } = repo;
    const { commit, license } = await fetchRevision(net, endpoint, repo, signal);
    const subject = subjectOf(endpoint, name);
    const readIndex = async (index: HubFile) => {
      if (index.size > MAX_INDEX_BYTES)
        throw new Trouble(`its ${index.path} has ${index.size} bytes`, {
          remedy: 'Load another model.',
        }).asLoadError(subject, 1);
      return readExactly(sourceOf({ name, commit }, index), 0, index.size, signal);
    };
    const all = await fetchTree(net, endpoint, name, commit, signal);
    const files = await neededFiles(all, subject, readIndex);
    return { name, revision, commit, url: pageUrl(endpoint, name), license, files };
  }

  return {
    endpoint,
    store,
    async known(repo, revision) {
      return records.recall(parseRepo(repo, revision));
    },
    async lookUp(repo, revision, signal) {
      const at = parseRepo(repo, revision);
      const known = await records.recall(at);
      if (known) return known;
      const found = await ask(at, signal);
      await records.remember(found);
      return found;
    },
    open(repo, opened) {
      const self = { label: repo.name, picked: false, names: repo.files.map(({ path }) => path) };
      return {
        ...self,
        open(name) {
          const file = repo.files.find(({ path }) => path === name);
          if (!file) throw missingFiles(self, [name]);
          return sourceOf(repo, file, opened);
        },
      };
    },
    async kept(repo) {
      const infos = await Promise.all(repo.files.map((file) => store.info(keyOf(file)).catch(() => null)));
      return {
        files: repo.files.reduce((sum, { size }) => sum + size, 0),
        stored: infos.reduce((sum, info) => sum + (info?.stored ?? 0), 0),
      };
    },
    list: () => store.list(),
    remove: (keys) => removeBlobs(store, records, keys),
  };
}

/** Removes what can be removed, forgets what is then unused, and only then reports a blob that is in use. */
async function removeBlobs(store: BlobStore, records: Records, keys: readonly string[]): Promise<void> {
  const before = await store.list();
  const failures: unknown[] = [];
  for (const key of new Set(keys)) await store.remove(key).catch((error: unknown) => failures.push(error));
  const after = await store.list();
  const left = new Set(after.flatMap(({ usedBy }) => usedBy.map(commitOf)));
  const touched = before
    .filter(({ key }) => keys.includes(key))
    .flatMap(({ usedBy }) => usedBy.map(commitOf));
  for (const place of new Set(touched)) {
    const [name, commit] = place.split('@');
    if (!left.has(place) && name && commit) await records.forget(name, commit);
  }
  if (failures.length) throw failures[0];
}

/** `owner/name@commit/file` → `owner/name@commit` */
function commitOf(place: string): string {
  return place.replace(/(@[^/]*)\/.*$/, '$1');
}
