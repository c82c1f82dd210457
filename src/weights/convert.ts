/** A checkpoint becomes canonical parameters, some rows at a time, so that the whole is never in memory. */

import { assert, must } from '../base/assert.ts';
import { lastAxis, rows, type Shape, size } from '../base/shapes.ts';
import {
  assembleParams,
  type HostParams,
  type ModelConfig,
  type StorageDType,
  storageOf,
} from '../tensor/params.ts';
import { GROUP, type HostTensor } from '../tensor/tensor.ts';
import type { ByteSource, CheckpointFiles } from './byteSource.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { canonicalGain } from './gain.ts';
import { RowKeeper } from './keep.ts';
import { isGain } from './names.ts';
import { wantedPieces } from './pieces.ts';
import { type RawRows, RowGatherer } from './rows.ts';
import type { TensorEntry } from './safetensors.ts';

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
 * Yields the rows of every canonical parameter, in the order of the files: write each to a device and let it go.
 * `rows` may lie in memory that is used again: they are valid until the next `next()`. Each file is read forward once
 * and, where its source streams, to its end: there a download proves to be the promised one.
 * LoadError where bytes cannot be read, a gain contradicts the epsilon, or a value does not fit the storage; an aborted
 * call rejects with the signal's reason.
 */
export async function* convertCheckpoint(
  checkpoint: Checkpoint,
  options: ConvertOptions,
): AsyncGenerator<ConvertedRows, void, undefined> {
  const { dtype, signal } = options;
  const keeper = new RowKeeper();
  let done = 0;
  const onBytes = (count: number) => {
    done += count;
    options.onProgress?.(done, checkpoint.bytes);
  };
  for (const [source, tensors] of byFile(checkpoint.tensors)) {
    const wanted = tensors.map(([, entry]) => entry);
    const gatherer = new RowGatherer(tensors);
    for await (const piece of wantedPieces(source, wanted, signal)) {
      for (const raw of gatherer.take(piece, onBytes)) {
        signal?.throwIfAborted();
        yield convertRows(checkpoint, raw, dtype, keeper);
      }
    }
    gatherer.finish();
  }
}

function convertRows(
  checkpoint: Checkpoint,
  raw: RawRows,
  dtype: StorageDType,
  keeper: RowKeeper,
): ConvertedRows {
  const { name, entry, firstRow } = raw;
  const kept = storageOf(entry.shape, dtype);
  const stored = { name: entry.name, dtype: entry.dtype, shape: raw.shape, bytes: raw.bytes };
  const { rows, nonFinite } = keeper.keep(stored, kept);
  const canonical = isGain(name) ? descaled(checkpoint, rows, entry.name) : rows;
  return { name, shape: entry.shape, dtype: kept, firstRow, rows: canonical, nonFinite };
}

/** A gain as every engine uses it: without the √eps of an LN-free checkpoint. */
function descaled({ config, eps }: Checkpoint, gain: HostTensor, tensor: string): HostTensor {
  assert(gain.dtype === 'f32', `${tensor} is a vector, kept as ${gain.dtype}`);
  return { ...gain, data: canonicalGain(gain.data as Float32Array<ArrayBuffer>, config.norm, eps, tensor) };
}

/** The tensors of each file; they already stand file by file. */
function byFile(tensors: Checkpoint['tensors']): Map<ByteSource, [name: string, entry: TensorEntry][]> {
  const files = new Map<ByteSource, [string, TensorEntry][]>();
  for (const tensor of tensors) {
    const [, { source }] = tensor;
    const own = files.get(source);
    if (own) own.push(tensor);
    else files.set(source, [tensor]);
  }
  return files;
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
  const nonFinite = new Map<string, number>();
  for await (const part of convertCheckpoint(checkpoint, options)) {
    const whole = tensors.get(part.name) ?? emptyTensor(part.shape, part.dtype);
    tensors.set(part.name, whole);
    setRows(whole, part);
    if (part.nonFinite) nonFinite.set(part.name, (nonFinite.get(part.name) ?? 0) + part.nonFinite);
  }
  return {
    config: checkpoint.config,
    params: assembleParams(checkpoint.config, (name) => must(tensors.get(name), `${name} was not converted`)),
    notes: checkpoint.notes,
    nonFinite: [...nonFinite].map(([name, count]) => ({ name, count })),
  };
}

function emptyTensor(shape: Shape, dtype: StorageDType): HostTensor {
  if (dtype === 'f32') return { dtype, shape, data: new Float32Array(size(shape)) };
  if (dtype === 'f16') return { dtype, shape, data: new Uint16Array(size(shape)) };
  const groups = Math.ceil(lastAxis(shape) / GROUP);
  return { dtype, shape, data: new Int8Array(size(shape)), scales: new Float32Array(rows(shape) * groups) };
}

function setRows(whole: HostTensor, { firstRow, rows: part }: ConvertedRows): void {
  const columns = lastAxis(whole.shape);
  whole.data.set(part.data, firstRow * columns);
  if (whole.dtype === 'q8' && part.dtype === 'q8')
    whole.scales.set(part.scales, firstRow * Math.ceil(columns / GROUP));
}
