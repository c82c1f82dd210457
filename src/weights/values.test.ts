import { expect, test } from 'vitest';
import { halfToFloat } from '../base/half.ts';
import type { ByteSource, Bytes } from './byteSource.ts';
import type { TensorEntry } from './safetensors.ts';
import { countNonFinite, readFloats } from './values.ts';

/** As many words as a prime, so that a piece in the wrong place cannot go unnoticed. */
const PATTERN = 1021;

const BITS = {
  F16: Uint16Array.from({ length: PATTERN }, (_, i) => ((i * 31) % 0x7c00) | (i & 1 ? 0x8000 : 0)),
  BF16: Uint16Array.from({ length: PATTERN }, (_, i) => 0x3c00 + i), // of the orders 1e-2 to 1e2
};
const VALUES = {
  F32: Float32Array.from({ length: PATTERN }, (_, i) => Math.sin(i)),
  F16: Float32Array.from(BITS.F16, halfToFloat),
  BF16: new Float32Array(Uint32Array.from(BITS.BF16, (bits) => bits << 16).buffer),
};

function repeated<T extends Float32Array | Uint16Array>(pattern: T, out: T): T {
  for (let at = 0; at < out.length; at += PATTERN) out.set(pattern.subarray(0, out.length - at), at);
  return out;
}

/** A tensor longer than one piece, whose file hands out views at odd addresses. */
function longTensor(dtype: 'F32' | 'F16' | 'BF16'): {
  entry: TensorEntry;
  expected: Float32Array;
  reads: number[];
} {
  const itemBytes = dtype === 'F32' ? 4 : 2;
  const rows = dtype === 'F32' ? 2100 : 4200;
  const count = rows * 1024;
  const expected = repeated(VALUES[dtype], new Float32Array(count));
  const data = dtype === 'F32' ? expected : repeated(BITS[dtype], new Uint16Array(count));
  const bytes = new Uint8Array(data.buffer);
  const reads: number[] = [];
  const source: ByteSource = {
    name: 'long.safetensors',
    size: async () => bytes.length + 5,
    async read(start, end) {
      reads.push(end - start);
      const shifted = new Uint8Array(end - start + 1);
      shifted.set(bytes.subarray(start - 5, end - 5), 1);
      return shifted.subarray(1);
    },
  };
  return {
    entry: { source, name: 'long', dtype, shape: [rows, 1024], start: 5, end: 5 + count * itemBytes },
    expected,
    reads,
  };
}

for (const dtype of ['F32', 'F16', 'BF16'] as const) {
  test(`${dtype} is read in pieces, whatever their alignment`, async () => {
    const { entry, expected, reads } = longTensor(dtype);
    const floats = await readFloats(entry);
    expect(Buffer.compare(Buffer.from(floats.buffer), Buffer.from(expected.buffer))).toBe(0);
    expect(reads.length).toBeGreaterThan(1);
  });
}

test('a source that ends early is a LoadError with the numbers', async () => {
  const { entry } = longTensor('F32');
  const read = async (): Promise<Bytes> => new Uint8Array(7);
  const short: TensorEntry = { ...entry, source: { ...entry.source, read } };
  await expect(readFloats(short)).rejects.toThrow(
    /long\.safetensors ends early: bytes 5 to 8388613 .* and 7 came\. Download/,
  );
});

test('NaN and both infinities count as non-finite, the largest finite values do not', () => {
  const finite = Float32Array.of(3.4e38, -3.4e38, 0, -0, 1e-45);
  expect(countNonFinite(finite)).toBe(0);
  expect(
    countNonFinite(
      Float32Array.of(Number.NaN, 3.4e38, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0),
    ),
  ).toBe(3);
  expect(countNonFinite(Uint16Array.of(0x7e01, 0x7bff, 0xfc00, 0x7c00, 0, 0xfbff))).toBe(3);
});

test.each([
  ['a NaN with its sign', 0xffc00000],
  ['a NaN of every bit', 0x7fffffff],
  ['−Infinity', 0xff800000],
])('%s anywhere is seen', (_, bits) => {
  for (let at = 0; at < 9; at++) {
    const values = new Float32Array(9).fill(-3.4e38);
    new Uint32Array(values.buffer)[at] = bits;
    expect(countNonFinite(values)).toBe(1);
  }
});
