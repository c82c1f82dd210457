/** Checkpoint files a person picked or dropped, recognised by their names and read in slices. */

import { InputError, LoadError } from '../base/errors.ts';
import { type ByteSource, type Bytes, type CheckpointFiles, list, missingFiles } from './byteSource.ts';

/**
 * The checkpoint made of these files. Needs config.json and at least one .safetensors, whatever its name;
 * shards are checked against their index when the checkpoint is opened. Other files are left alone.
 * Throws InputError where the selection cannot be one checkpoint.
 */
export function localFiles(files: readonly File[], label = 'The selection'): CheckpointFiles {
  const byName = new Map<string, File>();
  for (const file of files) {
    const name = plainName(file.name);
    if (byName.has(name) && isOurs(name))
      throw new InputError(`Two of the files are called ${name}. Pick the files of one model only.`, {
        name,
      });
    byName.set(name, file);
  }
  const self = { label, picked: true, names: [...byName.keys()] };
  if (!byName.has('config.json')) throw missingFiles(self, ['config.json']);
  if (!self.names.some((name) => name.endsWith('.safetensors'))) throw noWeights(self);
  return {
    ...self,
    open(name) {
      const file = byName.get(name);
      if (!file) throw missingFiles(self, [name]);
      return fileSource(file, name);
    },
  };
}

/** A browser saves a second download as `config (1).json`. */
function plainName(name: string): string {
  return name.replace(/ ?\(\d+\)(?=\.[a-z.]+$)/, '');
}

function isOurs(name: string): boolean {
  return name.endsWith('.json') || name.endsWith('.safetensors');
}

function noWeights(self: Pick<CheckpointFiles, 'label' | 'picked' | 'names'>): Error {
  const pickled = self.names.filter((name) => /\.(bin|pt|pth|ckpt|h5|msgpack|gguf|onnx)$/.test(name));
  if (!pickled.length) return missingFiles(self, ['model.safetensors']);
  return new InputError(
    `${list(pickled)} cannot be read: Normless reads safetensors only. Save the model with save_pretrained(…, safe_serialization=True) and pick model.safetensors.`,
    { names: self.names },
  );
}

function fileSource(file: File, name: string): ByteSource {
  return {
    name,
    size: async () => file.size,
    async read(start, end, signal): Promise<Bytes> {
      signal?.throwIfAborted();
      try {
        return new Uint8Array(await file.slice(start, end).arrayBuffer());
      } catch (cause) {
        const sentence = `${name} can no longer be read from disk: it was changed, moved or removed. Pick the files again.`;
        throw new LoadError(sentence, { file: name }, { cause });
      }
    },
  };
}
