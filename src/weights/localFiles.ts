/** Checkpoint files a person picked or dropped, singly or in a folder, recognised by their names and read in slices. */

import { InputError, LoadError } from '../base/errors.ts';
import { type ByteSource, type Bytes, type CheckpointFiles, list, missingFiles } from './byteSource.ts';

/** The files of one folder by their plain names. */
type Folder = Map<string, File>;

/**
 * The checkpoint made of these files. Needs config.json and at least one .safetensors, whatever its name, side by side;
 * shards are checked against their index when the checkpoint is opened. Other files, and other folders without a
 * checkpoint, are left alone. Throws InputError where the selection cannot be one checkpoint.
 */
export function localFiles(files: readonly File[], label = 'The selection'): CheckpointFiles {
  const folder = onlyCheckpoint(byFolder(files), label);
  const self = { label, picked: true, names: [...folder.keys()] };
  return {
    ...self,
    open(name) {
      const file = folder.get(name);
      if (!file) throw missingFiles(self, [name]);
      return fileSource(file, name);
    },
  };
}

function byFolder(files: readonly File[]): Map<string, Folder> {
  const folders = new Map<string, Folder>();
  for (const file of files) {
    const [path, name] = splitPath(file.webkitRelativePath || file.name);
    const folder = folders.get(path) ?? new Map<string, File>();
    folders.set(path, folder);
    if (folder.has(name) && isOurs(name))
      throw new InputError(`Two of the files are called ${name}. Pick the files of one model only.`, {
        name,
      });
    folder.set(name, file);
  }
  return folders;
}

/** Folder and plain name; a browser saves a second download as `config (1).json`. */
function splitPath(path: string): [folder: string, name: string] {
  const [, folder = '', name = path] = /^(.*)[/\\]([^/\\]*)$/s.exec(path) ?? [];
  return [folder, name.replace(/ ?\(\d+\)(?=\.[a-z.]+$)/, '')];
}

/** The folder that has configuration and weights; InputError where there is none, or more than one. */
function onlyCheckpoint(folders: ReadonlyMap<string, Folder>, label: string): Folder {
  const withConfig = [...folders].filter(([, folder]) => folder.has('config.json'));
  const withWeights = [...folders].filter(([, folder]) => hasWeights(folder));
  const [first, second] = withConfig.filter(([, folder]) => hasWeights(folder));
  if (first && second)
    throw new InputError(
      `There is a model in ${first[0] || 'the selection'} and one in ${second[0] || 'the selection'}. Pick the folder of one model.`,
      { folders: [first[0], second[0]] },
    );
  if (first) return first[1];
  const [config, weights] = [withConfig[0], withWeights[0]];
  if (config && weights)
    throw new InputError(
      `config.json is in ${config[0] || 'the selection'}, the weights are in ${weights[0] || 'the selection'}. Put all files of the model into one folder and pick that.`,
      { folders: [config[0], weights[0]] },
    );
  const closest = (config ?? weights ?? [...folders][0])?.[1] ?? new Map<string, File>();
  throw incomplete({ label, picked: true, names: [...closest.keys()] });
}

function hasWeights(folder: Folder): boolean {
  return [...folder.keys()].some((name) => name.endsWith('.safetensors'));
}

function isOurs(name: string): boolean {
  return name.endsWith('.json') || name.endsWith('.safetensors') || name === 'merges.txt';
}

function incomplete(self: Pick<CheckpointFiles, 'label' | 'picked' | 'names'>): Error {
  if (!self.names.includes('config.json')) return missingFiles(self, ['config.json']);
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
