/** Keeps blobs in the Cache API, where there is no private file system: entries of 8 MiB, by their number. */

import { LoadError, UnsupportedError } from '../../base/errors.ts';
import type { Bytes } from '../byteSource.ts';
import type { BlobStore, GrowingBlob } from './blobStore.ts';
import { browserLocks, guarded } from './locks.ts';
import { type BlobMeta, checkKey, infoOf, metaForGrowing, notKept, readMeta, withUse } from './meta.ts';

const ENTRY_BYTES = 8 * 2 ** 20;

/** Entries need addresses; nothing is ever fetched from this one. */
const BASE = 'https://normless.invalid/';

/** Opens the store, having written, read and removed an entry to see that it works; otherwise it rejects. */
export async function openCacheStore(name = 'normless'): Promise<BlobStore> {
  if (!globalThis.caches)
    throw new UnsupportedError('This browser has no Cache API: models are kept elsewhere.');
  const cache = await caches.open(name);
  const locks = browserLocks();
  await probe(cache);

  const metaUrl = (key: string) => `${BASE}meta/${key}`;
  const recordUrl = (record: string) => `${BASE}record/${encodeURIComponent(record)}`;
  const meta = async (key: string) => readMeta(await readJson(cache, metaUrl(key)));

  function changeMeta(key: string, change: (old: BlobMeta | null) => BlobMeta | null): Promise<void> {
    return locks.run(`${name}/${key} meta`, 'exclusive', async () => {
      const changed = change(await meta(key));
      if (changed) await cache.put(metaUrl(key), new Response(JSON.stringify(changed)));
    });
  }

  async function info(key: string) {
    const known = await meta(key);
    return known ? infoOf(key, known, await storedBytes(cache, key)) : null;
  }

  return {
    kind: 'cache',
    info,
    async list() {
      const keys = (await cache.keys())
        .filter(({ url }) => url.startsWith(metaUrl('')))
        .map(({ url }) => url.slice(metaUrl('').length));
      return (await Promise.all(keys.map(info))).filter((each) => each !== null);
    },
    async read(key, start, end) {
      const bytes = new Uint8Array(end - start);
      for (let at = start; at < end; ) {
        const entry = await entryOf(cache, key, Math.floor(at / ENTRY_BYTES));
        const part = entry?.subarray(at % ENTRY_BYTES, (at % ENTRY_BYTES) + end - at);
        if (!part?.length) throw notKept(key, start, end, await storedBytes(cache, key));
        bytes.set(part, at - start);
        at += part.length;
      }
      return bytes;
    },
    async grow(key, size, usedBy) {
      checkKey(key);
      await changeMeta(key, (old) => metaForGrowing(old, size, usedBy));
      return growing(cache, key, await storedBytes(cache, key), () =>
        changeMeta(key, (old) => ({ ...metaForGrowing(old, size, usedBy), verified: true })),
      );
    },
    noteUse: (key, usedBy) =>
      changeMeta(key, (old) =>
        old && !old.usedBy.includes(usedBy) ? { ...old, usedBy: withUse(old.usedBy, usedBy) } : null,
      ),
    readRecord: (record) => readJson(cache, recordUrl(record)),
    writeRecord: (record, value) => cache.put(recordUrl(record), new Response(JSON.stringify(value))),
    removeRecord: async (record) => {
      await cache.delete(recordUrl(record));
    },
    ...guarded(locks, info, async (key) => {
      await cache.delete(metaUrl(key));
      await deleteEntries(cache, key, 0);
    }),
  };
}

function growing(cache: Cache, key: string, from: number, markVerified: () => Promise<void>): GrowingBlob {
  let stored = from;

  /** Puts what fits into the entry at the end, together with what that has already. */
  async function fill(bytes: Bytes): Promise<number> {
    const index = Math.floor(stored / ENTRY_BYTES);
    const had = stored % ENTRY_BYTES;
    const part = bytes.subarray(0, ENTRY_BYTES - had);
    const old = had ? (await entryOf(cache, key, index))?.subarray(0, had) : undefined;
    if (had && old?.length !== had)
      throw new LoadError('A kept file changed while it was being written. Load the model again.', { key });
    await cache.put(entryUrl(key, index), new Response(new Blob(old ? [old, part] : [part])));
    return part.length;
  }

  return {
    get stored() {
      return stored;
    },
    async append(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const count = await fill(bytes.subarray(at));
        at += count;
        stored += count;
      }
    },
    async truncate(length) {
      if (length >= stored) return;
      const index = Math.floor(length / ENTRY_BYTES);
      const rest = length % ENTRY_BYTES;
      const last = rest ? (await entryOf(cache, key, index))?.subarray(0, rest) : undefined;
      await deleteEntries(cache, key, last ? index + 1 : index);
      if (last) await cache.put(entryUrl(key, index), new Response(last));
      stored = length;
    },
    markVerified,
    async close() {},
  };
}

function entryUrl(key: string, index: number | ''): string {
  return `${BASE}blob/${key}/${index}`;
}

async function entryOf(cache: Cache, key: string, index: number): Promise<Bytes | null> {
  const entry = await cache.match(entryUrl(key, index));
  return entry ? new Uint8Array(await entry.arrayBuffer()) : null;
}

async function entryNumbers(cache: Cache, key: string): Promise<number[]> {
  const prefix = entryUrl(key, '');
  return (await cache.keys())
    .filter(({ url }) => url.startsWith(prefix))
    .map(({ url }) => Number(url.slice(prefix.length)));
}

/** Entries count as long as none is missing; all but the last are full. */
async function storedBytes(cache: Cache, key: string): Promise<number> {
  const numbers = new Set(await entryNumbers(cache, key));
  let count = 0;
  while (numbers.has(count)) count++;
  if (!count) return 0;
  const last = await cache.match(entryUrl(key, count - 1));
  return (count - 1) * ENTRY_BYTES + ((await last?.blob())?.size ?? 0);
}

async function deleteEntries(cache: Cache, key: string, from: number): Promise<void> {
  const numbers = (await entryNumbers(cache, key)).filter((index) => index >= from);
  await Promise.all(numbers.map((index) => cache.delete(entryUrl(key, index))));
}

async function readJson(cache: Cache, url: string): Promise<unknown> {
  const entry = await cache.match(url);
  if (!entry) return null;
  try {
    return await entry.json();
  } catch {
    return null;
  }
}

async function probe(cache: Cache): Promise<void> {
  const url = `${BASE}probe/${Math.random()}`;
  await cache.put(url, new Response('7'));
  const text = await (await cache.match(url))?.text();
  await cache.delete(url);
  if (text !== '7') throw new UnsupportedError('This browser’s Cache API does not keep what is written.');
}
