/** Finds where this browser really lets files be kept. */

import type { BlobStore } from './blobStore.ts';
import { openCacheStore } from './cacheStore.ts';
import { memoryStore } from './memoryStore.ts';
import { openOpfsStore } from './opfsStore.ts';

/**
 * The first that works when tried: the origin private file system, the Cache API, memory. Never rejects; `kind` says
 * which it became. To be called in a worker: pages cannot write to the file system without stopping.
 */
export async function openBlobStore(): Promise<BlobStore> {
  for (const open of [openOpfsStore, openCacheStore]) {
    try {
      return await open();
    } catch {
      // Not this one; why is of no use to anybody, since the next one does the same.
    }
  }
  return memoryStore();
}
