/** Checkpoint files that are already in memory: for fixtures, tests and generated models. */

import { type ByteSource, type Bytes, type CheckpointFiles, missingFiles } from './byteSource.ts';

/** One in-memory file; `read` copies. */
export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: async () => bytes.length,
    async read(start, end, signal): Promise<Bytes> {
      signal?.throwIfAborted();
      return new Uint8Array(bytes.subarray(start, end));
    },
  };
}

/** A checkpoint made of in-memory files, file name → bytes. */
export function memoryFiles(files: ReadonlyMap<string, Uint8Array>, label = 'memory'): CheckpointFiles {
  const self = { label, picked: false, names: [...files.keys()] };
  return {
    ...self,
    open(name) {
      const bytes = files.get(name);
      if (!bytes) throw missingFiles(self, [name]);
      return memorySource(name, bytes);
    },
  };
}
