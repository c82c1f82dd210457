/** A checkpoint becomes canonical parameters, one tensor at a time, so that the whole is never in memory. */

import { must } from '../base/assert.ts';
import { assembleParams, type HostParams, type ModelConfig, type StorageDType } from '../tensor/params.ts';
import type { HostTensor } from '../tensor/tensor.ts';
import type { CheckpointFiles } from './byteSource.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { canonicalGain } from './gain.ts';
import { isGain } from './names.ts';
import type { TensorEntry } from './safetensors.ts';
import { countNonFinite, type ReadOptions, readFloats, readHalves } from './values.ts';

export interface ConvertOptions {
  /** How matrices are kept; vectors are f32 whatever this says. */
  dtype: StorageDType;
  signal?: AbortSignal;
  /** Bytes of the files read so far, of `checkpoint.bytes`. */
  onProgress?: (done: number, total: number) => void;
}

/** Some rows of one canonical parameter on their way to a device: small ones come whole, large ones in pieces, in order. */
export interface ConvertedRows {
  /** As in `paramShapes`. */
  readonly name: string;
  /** The whole parameter's. */
  readonly shape: Shape;
  /** How the parameter is kept: `storageOf(shape, options.dtype)`. */
  readonly dtype: StorageDType;
  readonly firstRow: number;
  /** As `Backend.write` takes them. */
  readonly rows: HostTensor;
  /** NaN and infinite values in these rows: to be shown by name, not an error. */
  readonly nonFinite: number;
}

/** A tensor with values that are not finite, by its canonical name. */
export interface NonFinite {
  readonly name: string;
  readonly count: number;
}

/**
 * Yields every canonical parameter once, in the order of the file; upload each and let it go.
 * LoadError where bytes cannot be read, a gain contradicts the epsilon, or a matrix does not fit f16.
 */
export async function* convertCheckpoint(
  checkpoint: Checkpoint,
  options: ConvertOptions,
): AsyncGenerator<ConvertedTensor, void, undefined> {
  let done = 0;
  const read: ReadOptions = {
    signal: options.signal,
    onBytes(bytes) {
      done += bytes;
      options.onProgress?.(done, checkpoint.bytes);
    },
  };
  for (const [name, entry] of checkpoint.tensors) {
    const host = await convertTensor(checkpoint, name, entry, options.dtype, read);
    yield { name, host, nonFinite: countNonFinite(host.data) };
  }
}

async function convertTensor(
  checkpoint: Checkpoint,
  name: string,
  entry: TensorEntry,
  dtype: StorageDType,
  read: ReadOptions,
) {
  const { shape } = entry;
  if (shape.length > 1 && dtype === 'f16')
    return { dtype: 'f16' as const, shape, data: await readHalves(entry, read) };
  const values = await readFloats(entry, read);
  const data = isGain(name)
    ? canonicalGain(values, checkpoint.config.norm, checkpoint.eps, entry.name)
    : values;
  return { dtype: 'f32' as const, shape, data };
}

export interface LoadedParams {
  readonly config: ModelConfig;
  readonly params: HostParams;
  readonly notes: readonly string[];
  readonly nonFinite: readonly NonFinite[];
}

/** The whole model in host memory, for cpuOps and tests; the same errors as opening and converting. */
export async function loadHostParams(files: CheckpointFiles, options: ConvertOptions): Promise<LoadedParams> {
  const checkpoint = await openCheckpoint(files, options);
  const tensors = new Map<string, HostTensor>();
  const nonFinite: NonFinite[] = [];
  for await (const { name, host, nonFinite: count } of convertCheckpoint(checkpoint, options)) {
    tensors.set(name, host);
    if (count) nonFinite.push({ name, count });
  }
  const params = assembleParams(checkpoint.config, (name) =>
    must(tensors.get(name), `${name} was not converted`),
  );
  return { config: checkpoint.config, params, notes: checkpoint.notes, nonFinite };
}
