/** Which safetensors files make up a checkpoint, and all their tensors under one roof. */

import { LoadError } from '../base/errors.ts';
import { type ByteSource, type CheckpointFiles, list, missingFiles } from './byteSource.ts';
import { isObject, readJson, show } from './json.ts';
import { readHeader, type TensorEntry } from './safetensors.ts';

export const SINGLE = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';
/** GPT-2 XL's has 50 KB, and a header's reasoning applies (safetensors.ts). */
export const MAX_INDEX_BYTES = 4 * 2 ** 20;

/**
 * Every tensor of the checkpoint by its name on disk. model.safetensors counts first (as in Transformers), then the
 * shards its index names, else every .safetensors there is. LoadError (InputError for picked files) where shards are missing.
 */
export async function readTensors(
  files: CheckpointFiles,
  signal?: AbortSignal,
): Promise<{ tensors: Map<string, TensorEntry>; notes: string[] }> {
  const sources = await weightSources(files, signal);
  const tensors = new Map<string, TensorEntry>();
  for (const source of sources) {
    for (const entry of await readHeader(source, signal)) {
      const other = tensors.get(entry.name);
      if (other)
        throw new LoadError(
          `The tensor ${entry.name} is both in ${other.source.name} and in ${source.name}. Keep the files of one model only.`,
          { tensor: entry.name, files: [other.source.name, source.name] },
        );
      tensors.set(entry.name, entry);
    }
  }
  const used = new Set(sources.map((source) => source.name));
  const unused = files.names.filter((name) => name.endsWith('.safetensors') && !used.has(name));
  return {
    tensors,
    notes: unused.length ? [`Not read, as the checkpoint does not need it: ${list(unused)}.`] : [],
  };
}

async function weightSources(files: CheckpointFiles, signal?: AbortSignal): Promise<ByteSource[]> {
  if (files.names.includes(SINGLE)) return [files.open(SINGLE)];
  const names = files.names.includes(INDEX)
    ? await shardNames(files.open(INDEX), signal)
    : files.names.filter((name) => name.endsWith('.safetensors')).sort();
  if (!names.length) throw missingFiles(files, [SINGLE]);
  const missing = names.filter((name) => !files.names.includes(name));
  if (missing.length) throw missingFiles(files, missing);
  return names.map((name) => files.open(name));
}

/** The distinct files of an index's weight_map; a name that could leave the checkpoint's folder is refused. */
async function shardNames(index: ByteSource, signal?: AbortSignal): Promise<string[]> {
  const { weight_map: map } = await readJson(index, MAX_INDEX_BYTES, signal);
  if (!isObject(map) || !Object.keys(map).length)
    throw new LoadError(`${index.name} has no weight_map. Download or copy the file again.`, {
      file: index.name,
    });
  const names = [...new Set(Object.values(map))];
  for (const name of names) {
    if (isShardName(name)) continue;
    throw new LoadError(
      `${index.name} names the shard ${show(name)}, which is not a plain .safetensors file name. Get the checkpoint from a source you trust.`,
      { file: index.name, shard: show(name) },
    );
  }
  return (names as string[]).sort();
}

/** A plain file name, which cannot leave the checkpoint's folder. */
export function isShardName(name: unknown): name is string {
  return typeof name === 'string' && /^[\w-][\w.-]*\.safetensors$/.test(name);
}
