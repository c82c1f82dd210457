/** Keeps blobs in the origin private file system: one file per blob that only grows, and a small JSON beside it. Workers only. */

import { UnsupportedError } from '../../base/errors.ts';
import type { Bytes } from '../byteSource.ts';
import type { BlobStore, GrowingBlob } from './blobStore.ts';
import { browserLocks, guarded } from './locks.ts';
import { type BlobMeta, checkKey, infoOf, metaForGrowing, notKept, readMeta, withUse } from './meta.ts';
import {
  claimed,
  type Directory,
  fileIn,
  openSync,
  readJsonFile,
  readPart,
  removeFile,
  type SyncHandle,
  writeJsonFile,
} from './opfsFiles.ts';
import { quotaError } from './quota.ts';

/** So much may be lost to a power failure (never to a crash or a closed tab). */
const FLUSH_BYTES = 128 * 2 ** 20;

/**
 * Opens the store, having written, read and removed a file to see that it works; otherwise it rejects.
 * A blob's length is the length of its file: whatever was appended is kept, wherever the tab was closed.
 */
export async function openOpfsStore(directory = 'normless'): Promise<BlobStore> {
  const dir = await openDirectory(directory);
  const locks = browserLocks();
  await probe(dir);

  const meta = async (key: string) => readMeta(await readJsonFile(dir, `${key}.json`));

  /** Read, change, write back, while no other tab does. */
  function changeMeta(key: string, change: (old: BlobMeta | null) => BlobMeta | null): Promise<void> {
    return locks.run(`${directory}/${key}.json`, 'exclusive', async () => {
      const changed = change(await meta(key));
      if (changed) await writeJsonFile(dir, `${key}.json`, changed);
    });
  }

  async function info(key: string) {
    const handle = await fileIn(dir, `${key}.bin`);
    return handle ? infoOf(key, await meta(key), (await handle.getFile()).size) : null;
  }

  return {
    kind: 'opfs',
    info,
    async list() {
      const keys: string[] = [];
      for await (const name of dir.keys()) if (name.endsWith('.bin')) keys.push(name.slice(0, -4));
      return (await Promise.all(keys.map(info))).filter((each) => each !== null);
    },
    async read(key, start, end, into) {
      const file = await fileIn(dir, `${key}.bin`);
      const read = file && (await readPart(file, start, end, into));
      if (read?.bytes) return read.bytes;
      throw notKept(key, start, end, read?.size ?? 0);
    },
    async grow(key, size, usedBy) {
      checkKey(key);
      const file = await dir.getFileHandle(`${key}.bin`, { create: true });
      await changeMeta(key, (old) => metaForGrowing(old, size, usedBy));
      return growing(await openSync(file), () =>
        changeMeta(key, (old) => ({ ...metaForGrowing(old, size, usedBy), verified: true })),
      );
    },
    noteUse: (key, usedBy) =>
      changeMeta(key, (old) =>
        old && !old.usedBy.includes(usedBy) ? { ...old, usedBy: withUse(old.usedBy, usedBy) } : null,
      ),
    readRecord: (name) => readJsonFile(dir, recordFile(name)),
    writeRecord: (name, value) => writeJsonFile(dir, recordFile(name), value),
    removeRecord: (name) => removeFile(dir, recordFile(name)),
    ...guarded(locks, info, async (key) => {
      await removeFile(dir, `${key}.bin`);
      await removeFile(dir, `${key}.json`);
    }),
  };
}

function growing(handle: SyncHandle, noteVerified: () => Promise<void>): GrowingBlob {
  let stored = handle.getSize();
  let flushed = stored;
  return {
    get stored() {
      return stored;
    },
    async append(bytes: Bytes) {
      try {
        const written = handle.write(bytes, { at: stored });
        if (written < bytes.length) throw quotaError(`${written} of ${bytes.length} bytes could be written`);
      } catch (error) {
        handle.truncate(stored);
        throw error;
      }
      stored += bytes.length;
      if (stored - flushed < FLUSH_BYTES) return;
      handle.flush();
      flushed = stored;
    },
    async truncate(length) {
      if (length >= stored) return;
      handle.truncate(length);
      stored = length;
      flushed = Math.min(flushed, length);
    },
    async markVerified() {
      handle.flush();
      await noteVerified();
    },
    async close() {
      handle.flush();
      handle.close();
    },
  };
}

async function openDirectory(name: string): Promise<Directory> {
  const { storage } = globalThis.navigator ?? {};
  if (!storage?.getDirectory)
    throw new UnsupportedError('This browser has no private file system: models are kept elsewhere.');
  const root = await storage.getDirectory();
  return (await root.getDirectoryHandle(name, { create: true })) as Directory;
}

/** Some browsers offer the file system and then refuse it (private windows), some have it in workers only. */
async function probe(dir: Directory): Promise<void> {
  const name = `probe-${crypto.randomUUID()}`;
  const file = await dir.getFileHandle(name, { create: true });
  try {
    const handle = await openSync(file);
    const written = handle.write(Uint8Array.of(7), { at: 0 });
    handle.close();
    if (written !== 1 || (await file.getFile()).size !== 1)
      throw new UnsupportedError('This browser’s private file system does not keep what is written.');
  } finally {
    await claimed(() => removeFile(dir, name));
  }
}

function recordFile(name: string): string {
  return `record-${encodeURIComponent(name)}.json`;
}
