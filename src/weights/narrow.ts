/** f32 values become fewer bits: halves, or 8 bits with a scale per group of a row. */

import { floatToHalf } from '../base/half.ts';
import { GROUP } from '../tensor/tensor.ts';

export const LARGEST_HALF = 65504;

const MAGNITUDE = 0x7fffffff;
const INFINITE = 0x7f800000;

/**
 * Writes the bits of the nearest halves, ties to even; NaN and infinities stay what they are.
 * Returns the first finite value beyond ±65504, where there is one: f16 cannot hold these values.
 */
export function narrowToHalves(values: Float32Array<ArrayBuffer>, out: Uint16Array): number | undefined {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    const magnitude = word & MAGNITUDE;
    if (magnitude >= 0x38800000 && magnitude <= 0x477fe000) {
      // The usual case, a normal half: round the 13 bits that go, then move the exponent's bias.
      const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
      out[i] = ((word >>> 16) & 0x8000) | ((rounded - 0x38000000) >>> 13);
      continue;
    }
    const value = values[i] as number;
    if (magnitude < INFINITE && Math.abs(value) > LARGEST_HALF) return value;
    out[i] = floatToHalf(value);
  }
  return undefined;
}

/**
 * Rows [n, columns] → q8: per GROUP neighbours of a row their largest magnitude as the scale, and each value as the nearest
 * of 255 steps between ±scale. `data` [n, columns], `scales` [n, ⌈columns/GROUP⌉].
 * Returns the first value that is not finite, where there is one: 8 bits cannot hold it.
 */
export function quantize(
  values: Float32Array<ArrayBuffer>,
  columns: number,
  data: Int8Array,
  scales: Float32Array,
): number | undefined {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length);
  const largest = new Int32Array(1);
  const scale = new Float32Array(largest.buffer);
  let group = 0;
  for (let row = 0; row < values.length; row += columns) {
    const rowEnd = row + columns;
    for (let start = row; start < rowEnd; start += GROUP) {
      const end = Math.min(start + GROUP, rowEnd);
      largest[0] = largestMagnitude(words, start, end);
      if ((largest[0] as number) >= INFINITE)
        return values.subarray(start, end).find((x) => !Number.isFinite(x));
      scales[group++] = scale[0] as number;
      roundGroup(values, start, end, scale[0] as number, data);
    }
  }
  return undefined;
}

/** Magnitudes of floats compare as their bits do. */
function largestMagnitude(words: Int32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) {
    const magnitude = (words[i] as number) & MAGNITUDE;
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

function roundGroup(values: Float32Array, start: number, end: number, scale: number, data: Int8Array): void {
  const steps = scale === 0 ? 0 : 127 / scale;
  // Without `| 0` the engine minds the sign of zero and takes six times as long.
  for (let i = start; i < end; i++) data[i] = Math.floor((values[i] as number) * steps + 0.5) | 0;
}
