import { expect, test } from 'vitest';
import { mulberry32 } from '../base/random.ts';
import type { Model } from '../model/model.ts';
import { OpsModel } from '../model/opsModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { unembeddingGram } from './unembeddingGram.ts';

// More rows than one chunk, and a width of two blocks that no tile divides.
const [N, D] = [2051, 131];

/** A model of which only the unembedding and the gain before it are looked at. */
function modelOf(W: Float32Array, gain: Float32Array): Model {
  const backend = createCpuBackend();
  const W_U = backend.upload({ dtype: 'f32', shape: [N, D], data: W }, 'W_U');
  const w = backend.upload({ dtype: 'f32', shape: [D], data: gain }, 'w');
  const nothing = null as unknown as Tensor;
  const params = { W_E: W_U, W_pos: nothing, blocks: [], lnFinal: { w, b: nothing }, W_U };
  const config = {
    nLayers: 0,
    nHeads: 1,
    dModel: D,
    dHead: D,
    dMlp: 1,
    nCtx: 1,
    dVocab: N,
    norm: { kind: 'linear' } as const,
    bosTokenId: null,
    tiedEmbedding: true,
  };
  return new OpsModel(backend, config, params);
}

/** The columns of W_U′ one by one, as their definition says, in f64. */
function columnsOf(W: Float32Array, gain: Float32Array): Float64Array[] {
  const columns = Array.from({ length: N }, (_, v) => {
    const scaled = Float64Array.from(gain, (g, i) => g * (W[v * D + i] as number));
    const mean = scaled.reduce((sum, x) => sum + x, 0) / D;
    return scaled.map((x) => x - mean);
  });
  const mean = Float64Array.from(
    { length: D },
    (_, i) => columns.reduce((sum, u) => sum + (u[i] as number), 0) / N,
  );
  return columns.map((u) => u.map((x, i) => x - (mean[i] as number)));
}

test('the sums over all chunks and blocks are those of the definition', async () => {
  const next = mulberry32(41);
  const W = Float32Array.from({ length: N * D }, () => 2 * next() - 0.7);
  const gain = Float32Array.from({ length: D }, () => 0.5 + next());
  const own = await unembeddingGram(modelOf(W, gain));
  const columns = columnsOf(W, gain);
  const lengths = columns.map((u) => Math.sqrt(u.reduce((sum, x) => sum + x * x, 0)));
  const sumOf = (i: number, j: number, power: number) =>
    columns.reduce(
      (sum, u, v) => sum + ((u[i] as number) * (u[j] as number)) / (lengths[v] as number) ** power,
      0,
    );
  for (const [i, j] of [
    [0, 0],
    [130, 130],
    [127, 128],
    [128, 127],
    [3, 129],
    [77, 5],
  ] as const) {
    // Columns and the sums over a chunk are rounded to f32: 6e-8 of about 1000, and of about 10.
    expect(own.gram[i * D + j], `gram ${i}, ${j}`).toBeCloseTo(sumOf(i, j, 0), 3);
    expect(own.unitGram[i * D + j], `unitGram ${i}, ${j}`).toBeCloseTo(sumOf(i, j, 2), 5);
  }
  for (const i of [0, 64, 130]) {
    const mean = columns.reduce((sum, u, v) => sum + (u[i] as number) / (lengths[v] as number), 0) / N;
    expect(own.unitMean[i], `unitMean ${i}`).toBeCloseTo(mean, 8);
  }
  // Every column is centred, so that all-ones is an exact zero.
  for (let i = 0; i < D; i++) {
    const row = own.gram.subarray(i * D, (i + 1) * D);
    expect(Math.abs(row.reduce((sum, x) => sum + x, 0))).toBeLessThan(1e-10);
  }
});

test('tokens that are all alike have columns of zeros, which have no direction', async () => {
  const W = Float32Array.from({ length: N * D }, (_, at) => (at % D) / D);
  const own = await unembeddingGram(modelOf(W, new Float32Array(D).fill(1)));
  // What is left of the columns is f64 rounding, or nothing at all.
  expect(Math.max(...own.gram.map(Math.abs))).toBeLessThan(1e-20);
  expect([...own.unitGram, ...own.unitMean].every(Number.isFinite)).toBe(true);
});
