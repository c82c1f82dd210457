/** A tensor's bytes become f32 values: F32, F16 and BF16 in, at any alignment. */

import { halfToFloat } from '../base/half.ts';
import { size } from '../base/shapes.ts';
import type { Bytes } from './byteSource.ts';
import { readPieces } from './pieces.ts';
import type { TensorEntry } from './safetensors.ts';

/** What a tensor of the model may be stored as. */
export const READABLE_DTYPES = ['F32', 'F16', 'BF16'];

/** Bytes of one value of a readable type. */
export function itemBytes(dtype: string): number {
  return dtype === 'F32' ? 4 : 2;
}

/** All values of a small tensor as f32 [size(shape)]. `entry.dtype` must be one of READABLE_DTYPES. */
export async function readFloats(
  entry: TensorEntry,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Float32Array<ArrayBuffer>> {
  const out = new Float32Array(size(entry.shape));
  for await (const { start, bytes } of readPieces(entry.source, [entry], signal)) {
    const first = (start - entry.start) / itemBytes(entry.dtype);
    const count = bytes.length / itemBytes(entry.dtype);
    decode(entry.dtype, bytes, out.subarray(first, first + count));
  }
  return out;
}

/** Little-endian bytes of a readable type → as many values in `out`. Every platform with WebGPU is little-endian too. */
export function decode(dtype: string, bytes: Bytes, out: Float32Array<ArrayBuffer>): void {
  if (dtype === 'F32') new Uint8Array(out.buffer, out.byteOffset, bytes.length).set(bytes);
  else if (dtype === 'F16') decodeHalves(asHalves(bytes), out);
  else decodeBfloats(asHalves(bytes), out);
}

function decodeHalves(bits: Uint16Array, out: Float32Array): void {
  const values = halfTable();
  for (let i = 0; i < bits.length; i++) out[i] = values[bits[i] as number] as number;
}

/** A bfloat16 is the upper half of an f32. */
function decodeBfloats(bits: Uint16Array, out: Float32Array): void {
  const words = new Int32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) words[i] = (bits[i] as number) << 16;
}

/** 16-bit values: a view where the bytes are aligned, else a copy. */
export function asHalves(bytes: Bytes): Uint16Array<ArrayBuffer> {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

let table: Float32Array | undefined;

/** Every half's value, made once: looking up is several times faster than computing. */
function halfTable(): Float32Array {
  table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => halfToFloat(bits));
  return table;
}

/** How many values are NaN or infinite, i.e. have an exponent of ones. Float32Array: numbers; Uint16Array: bits of halves. */
export function countNonFinite(values: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>): number {
  return values instanceof Uint16Array ? countHalves(values) : countFloats(values);
}

function countFloats(values: Float32Array<ArrayBuffer>): number {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length);
  // Adding one to an exponent of ones carries into the sign: without a branch, as fast as memory. Rarely is there any.
  let carried = 0;
  for (let i = 0; i < words.length; i++) carried |= ((words[i] as number) & 0x7fffffff) + 0x00800000;
  if (carried >= 0) return 0;
  let count = 0;
  for (const word of words) if ((word & 0x7f800000) === 0x7f800000) count++;
  return count;
}

function countHalves(values: Uint16Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) count += ((values[i] as number) & 0x7c00) === 0x7c00 ? 1 : 0;
  return count;
}
