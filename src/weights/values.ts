/** A tensor's bytes become values: F32, F16 and BF16 in, f32 or raw halves out, read piece by piece. */

import { LoadError } from '../base/errors.ts';
import { floatToHalf, halfToFloat } from '../base/half.ts';
import { size } from '../base/shapes.ts';
import type { StorageDType } from '../tensor/params.ts';
import { type Bytes, readExactly } from './byteSource.ts';
import type { TensorEntry } from './safetensors.ts';

/** What a tensor of the model may be stored as. */
export const READABLE_DTYPES = ['F32', 'F16', 'BF16'];

/** Divisible by every item size. Small enough that cancelling is prompt and the copy in flight does not matter. */
const PIECE_BYTES = 8 * 2 ** 20;

const LARGEST_HALF = 65504;

export interface ReadOptions {
  signal?: AbortSignal;
  /** Called with the bytes read since the last call. */
  onBytes?: (bytes: number) => void;
}

/** All values as f32 [size(shape)]. `entry.dtype` must be one of READABLE_DTYPES. */
export async function readFloats(
  entry: TensorEntry,
  options: ReadOptions = {},
): Promise<Float32Array<ArrayBuffer>> {
  const out = new Float32Array(size(entry.shape));
  await readPieces(entry, options, (bytes, at) => {
    if (entry.dtype === 'F32') new Uint8Array(out.buffer).set(bytes, 4 * at);
    else toFloats(entry.dtype, bytes, out.subarray(at, at + bytes.length / 2));
  });
  return out;
}

/**
 * All values as the bits of halves [size(shape)], rounded to the nearest, ties to even; F16 passes through unchanged.
 * LoadError naming the tensor and the value where a finite one is beyond ±65504.
 */
export async function readHalves(
  entry: TensorEntry,
  options: ReadOptions = {},
): Promise<Uint16Array<ArrayBuffer>> {
  const out = new Uint16Array(size(entry.shape));
  await readPieces(entry, options, (bytes, at) => {
    if (entry.dtype === 'F16') return new Uint8Array(out.buffer).set(bytes, 2 * at);
    const values =
      entry.dtype === 'F32'
        ? asFloats(bytes)
        : toFloats(entry.dtype, bytes, new Float32Array(bytes.length / 2));
    const tooLarge = narrow(values, out.subarray(at, at + values.length));
    if (tooLarge !== undefined)
      throw new LoadError(
        `${entry.name} holds ${tooLarge}, beyond the ±${LARGEST_HALF} that f16 can store. Load this model as f32.`,
        { tensor: entry.name, value: tooLarge, limit: LARGEST_HALF, dtype: 'f16' satisfies StorageDType },
      );
  });
  return out;
}

/** How many values are NaN or infinite. Float32Array: numbers; Uint16Array: bits of halves. */
export function countNonFinite(values: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>): number {
  const half = values instanceof Uint16Array;
  const bits = half ? values : new Uint32Array(values.buffer, values.byteOffset, values.length);
  const exponent = half ? 0x7c00 : 0x7f800000;
  let count = 0;
  for (const value of bits) if ((value & exponent) === exponent) count++;
  return count;
}

async function readPieces(
  entry: TensorEntry,
  options: ReadOptions,
  use: (bytes: Bytes, firstValue: number) => void,
): Promise<void> {
  const itemBytes = entry.dtype === 'F32' ? 4 : 2;
  for (let start = entry.start; start < entry.end; start += PIECE_BYTES) {
    options.signal?.throwIfAborted();
    const end = Math.min(start + PIECE_BYTES, entry.end);
    use(await readExactly(entry.source, start, end, options.signal), (start - entry.start) / itemBytes);
    options.onBytes?.(end - start);
  }
}

/** A view where the bytes are aligned, else a copy. Every platform with WebGPU is little-endian, as the format is. */
function asFloats(bytes: Bytes): Float32Array<ArrayBuffer> {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

function toFloats(dtype: string, bytes: Bytes, out: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  const bits = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
  if (dtype === 'F16') {
    const table = halfTable();
    bits.forEach((half, i) => {
      out[i] = table[half] ?? 0;
    });
    return out;
  }
  const outBits = new Uint32Array(out.buffer, out.byteOffset, out.length); // a bfloat16 is the upper half of an f32
  bits.forEach((upper, i) => {
    outBits[i] = upper << 16;
  });
  return out;
}

let table: Float32Array | undefined;

/** Every half's value, made once: looking up is several times faster than computing. */
function halfTable(): Float32Array {
  table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => halfToFloat(bits));
  return table;
}

/** Writes the nearest halves; returns the first finite value beyond ±65504, if there is one. */
function narrow(values: Float32Array<ArrayBuffer>, out: Uint16Array): number | undefined {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i] ?? 0;
    const magnitude = word & 0x7fffffff;
    if (magnitude >= 0x38800000 && magnitude <= 0x477fe000) {
      // The usual case, a normal half: round the 13 bits that go, then move the exponent's bias.
      const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
      out[i] = ((word >>> 16) & 0x8000) | ((rounded - 0x38000000) >>> 13);
      continue;
    }
    const value = values[i] ?? 0;
    if (Number.isFinite(value) && Math.abs(value) > LARGEST_HALF) return value;
    out[i] = floatToHalf(value);
  }
  return undefined;
}
