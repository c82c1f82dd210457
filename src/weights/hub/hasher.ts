/** The hash a repository promises for a file, computed as its bytes come by. */

import { createSHA1, createSHA256 } from 'hash-wasm';
import type { HubFile } from './hub.ts';

export interface Hasher {
  /** To be called with all bytes of the file, in order. */
  update(bytes: Uint8Array): void;
  /** Whether they were the promised ones. Ends the hasher. */
  matches(): boolean;
}

/** SHA-256 for LFS files, git's blob id (SHA-1 of `blob {size}\0` and the content) for the others. */
export async function createHasher({ sha256, oid, size }: HubFile): Promise<Hasher> {
  const hash = (await (sha256 === null ? createSHA1() : createSHA256())).init();
  if (sha256 === null) hash.update(`blob ${size}\0`);
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    matches: () => hash.digest('hex') === (sha256 ?? oid),
  };
}

/** What addresses the file in a store. */
export function keyOf({ sha256, oid }: HubFile): string {
  return sha256 ?? `git-${oid}`;
}
