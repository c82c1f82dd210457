/** Keeps blobs while the page lives: for tests, and where a browser lets nothing be stored. */

import { must } from '../../base/assert.ts';
import type { Bytes } from '../byteSource.ts';
import type { BlobStore, GrowingBlob } from './blobStore.ts';
import { guarded, type Locks, localLocks } from './locks.ts';
import { type BlobMeta, checkKey, infoOf, metaForGrowing, notKept, withUse } from './meta.ts';
import { quotaError } from './quota.ts';

const CAP_BYTES = 512 * 2 ** 20;

interface Blob {
  meta: BlobMeta;
  /** In order, without gaps. */
  pieces: Bytes[];
  stored: number;
}

/** `capBytes` in all; an append beyond rejects with the quota error. */
export function memoryStore({
  capBytes = CAP_BYTES,
  locks = localLocks(),
}: {
  capBytes?: number;
  locks?: Locks;
} = {}): BlobStore {
  const blobs = new Map<string, Blob>();
  const records = new Map<string, string>();

  async function info(key: string) {
    const blob = blobs.get(key);
    return blob ? infoOf(key, blob.meta, blob.stored) : null;
  }

  function makeRoom(bytes: number): void {
    const held = [...blobs.values()].reduce((sum, { stored }) => sum + stored, 0);
    if (held + bytes > capBytes)
      throw quotaError(`${held} bytes are kept in memory, and no more than ${capBytes} may be`);
  }

  return {
    kind: 'memory',
    info,
    list: async () => [...blobs].map(([key, { meta, stored }]) => infoOf(key, meta, stored)),
    async read(key, start, end) {
      const blob = blobs.get(key);
      if (!blob || end > blob.stored) throw notKept(key, start, end, blob?.stored ?? 0);
      return gather(blob.pieces, start, end);
    },
    async grow(key, size, usedBy) {
      checkKey(key);
      const blob: Blob = blobs.get(key) ?? {
        meta: { size, verified: false, usedBy: [] },
        pieces: [],
        stored: 0,
      };
      blob.meta = metaForGrowing(blob.meta, size, usedBy);
      blobs.set(key, blob);
      return growing(blob, makeRoom);
    },
    async noteUse(key, usedBy) {
      const blob = blobs.get(key);
      if (blob) blob.meta = { ...blob.meta, usedBy: withUse(blob.meta.usedBy, usedBy) };
    },
    readRecord: async (name) => JSON.parse(records.get(name) ?? 'null'),
    writeRecord: async (name, value) => {
      records.set(name, must(JSON.stringify(value), `the record ${name} is not JSON`));
    },
    removeRecord: async (name) => {
      records.delete(name);
    },
    ...guarded(locks, info, async (key) => {
      blobs.delete(key);
    }),
  };
}

function growing(blob: Blob, makeRoom: (bytes: number) => void): GrowingBlob {
  return {
    get stored() {
      return blob.stored;
    },
    async append(bytes) {
      makeRoom(bytes.length);
      blob.pieces.push(bytes.slice());
      blob.stored += bytes.length;
    },
    async truncate(length) {
      if (length >= blob.stored) return;
      blob.pieces = length ? [gather(blob.pieces, 0, length)] : [];
      blob.stored = length;
    },
    async markVerified() {
      blob.meta = { ...blob.meta, verified: true };
    },
    async close() {},
  };
}

function gather(pieces: readonly Bytes[], start: number, end: number): Bytes {
  const bytes = new Uint8Array(end - start);
  let at = 0;
  for (const piece of pieces) {
    const from = Math.max(start, at);
    const to = Math.min(end, at + piece.length);
    if (from < to) bytes.set(piece.subarray(from - at, to - at), from - start);
    at += piece.length;
  }
  return bytes;
}
