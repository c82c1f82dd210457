/** The count of a forward pass against published numbers of FLOP (two per multiply-add) and against its own parts. */

import { expect, test } from 'vitest';
import { gpt2Config } from '../../src/tensor/params.ts';
import { exponent, stepOf, total, workOf } from './work.ts';

const small = gpt2Config({ nLayers: 12, nHeads: 12, dModel: 768, nCtx: 1024, dVocab: 50257 });
const medium = gpt2Config({ nLayers: 24, nHeads: 16, dModel: 1024, nCtx: 1024, dVocab: 50257 });

test.each([
  [small, 64, 15.9],
  [small, 256, 64.5],
  [small, 1024, 272],
  [medium, 64, 45.4],
  [medium, 1024, 776],
])('GFLOP of a published size, case %#', (config, T, gflop) => {
  expect((2 * total(workOf(config, T))) / 1e9 / gflop).toBeCloseTo(1, 1.7);
});

test('attention is quadratic in the prompt, everything else proportional to it', () => {
  const [once, twice] = [workOf(small, 512), workOf(small, 1024)];
  expect(twice.products / once.products).toBe(2);
  expect(twice.unembedding / once.unembedding).toBe(2);
  expect(twice.elementwise / once.elementwise).toBe(2);
  expect(twice.attention / once.attention).toBeCloseTo(4, 2);
});

test('kernels of every step are told apart by their names', () => {
  const kernels = {
    unembedding: ['linearT4 16', 'linearTRows', 'linearTTiles'],
    products: ['linear 8', 'linear4 16', 'linearTiles 64', 'linearMerge'],
    attention: ['attention 64', 'attentionTiles 64', 'softmax', 'mix'],
    elementwise: ['norm', 'normRows', 'embed', 'add', 'gelu'],
  };
  for (const [step, names] of Object.entries(kernels))
    expect(names.map(stepOf)).toEqual(names.map(() => step));
});

test('the exponent of a power law is its power', () => {
  expect(exponent([1, 2, 4, 8].map((x) => [x, 3 * x ** 1.5]))).toBeCloseTo(1.5, 12);
  expect(exponent([[2, 5]])).toBeNaN();
});
