/** Checkpoints on disk, read in pieces: a large model never stands in memory as its file. */

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LoadError } from '../../src/base/errors.ts';
import { type ByteSource, type CheckpointFiles, missingFiles } from '../../src/weights/byteSource.ts';

/** The arms in a pair's folder: the folders in it that have a config.json, the usual ones first. */
export function armFolders(folder: string): Map<string, string> {
  const names = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  const arms = names.filter((name) => existsSync(join(folder, name, 'config.json')));
  if (arms.length === 0)
    throw new LoadError(
      `${folder} has no folder with a config.json in it. Give a folder with a folder per arm, e.g. original and lnfree.`,
      { folder, names },
    );
  const usual = ['original', 'vanilla', 'lnfree'];
  const rank = (name: string) => (usual.includes(name) ? usual.indexOf(name) : usual.length);
  arms.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  return new Map(arms.map((name) => [name, join(folder, name)]));
}

export function diskCheckpoint(folder: string): CheckpointFiles {
  const self = { label: folder, picked: true, names: readdirSync(folder) };
  return {
    ...self,
    open(name) {
      if (!self.names.includes(name)) throw missingFiles(self, [name]);
      return diskSource(join(folder, name));
    },
  };
}

function diskSource(path: string): ByteSource {
  return {
    name: path,
    size: async () => (await stat(path)).size,
    async read(start, end) {
      const file = await open(path);
      try {
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        return bytes.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
  };
}

/** sha256 of every weight file of a checkpoint. */
export async function weightHashes(folder: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of readdirSync(folder)
    .filter((name) => name.endsWith('.safetensors'))
    .sort()) {
    const hash = createHash('sha256');
    for await (const piece of createReadStream(join(folder, name), { highWaterMark: 2 ** 20 }))
      hash.update(piece as Uint8Array);
    hashes[name] = hash.digest('hex');
  }
  return hashes;
}
