/** What the mock Hub serves: files it can read at any place, with the addresses that git and LFS would give them. */

import { createHash } from 'node:crypto';

/** A file that need not be in memory. */
export interface MockFile {
  readonly size: number;
  /** Bytes [start, end), in order, in chunks of any length. */
  chunks(start: number, end: number): Iterable<Uint8Array>;
}

/** How the tree API describes a file. */
export interface Addresses {
  /** Git's id: of the file, or of its LFS pointer. */
  readonly oid: string;
  /** Of LFS files. */
  readonly sha256: string | null;
}

const CHUNK_BYTES = 2 ** 20;

/** A file held in memory. */
export function bytesFile(bytes: Uint8Array): MockFile {
  return {
    size: bytes.length,
    *chunks(start, end) {
      for (let at = start; at < end; at += CHUNK_BYTES)
        yield bytes.subarray(at, Math.min(end, at + CHUNK_BYTES));
    },
  };
}

/** Reads all of a file once. With LFS the oid is that of the pointer, as on the Hub. */
export function addressesOf(file: MockFile, lfs: boolean): Addresses {
  if (!lfs) return { oid: gitBlobId(file.size, file.chunks(0, file.size)), sha256: null };
  const hash = createHash('sha256');
  for (const chunk of file.chunks(0, file.size)) hash.update(chunk);
  const sha256 = hash.digest('hex');
  const pointer = new TextEncoder().encode(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${file.size}\n`,
  );
  return { oid: gitBlobId(pointer.length, [pointer]), sha256 };
}

/** SHA-1 of `blob {size}\0` and the content. */
function gitBlobId(size: number, chunks: Iterable<Uint8Array>): string {
  const hash = createHash('sha1').update(`blob ${size}\0`);
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
