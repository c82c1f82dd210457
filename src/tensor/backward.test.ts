/** Every backward op against central differences of its forward op. */

import { expect, test } from 'vitest';
import { mulberry32 } from '../base/random.ts';
import { type Shape, size } from '../base/shapes.ts';
import { createCpuBackend } from './cpuOps.ts';
import type { NormKind } from './params.ts';
import type { Tensor } from './tensor.ts';

const ops = createCpuBackend().arena('backward');

/** Outputs are rounded to f32, which divided by the step is some 1e-5; the step's own error is about its square. */
const STEP = 0.01;
const ROUNDING = 1e-4;
/** Of the largest slope. */
const TOLERANCE = 1e-3;
/** Entries of an input that are moved, spread over it; all of a small one. */
const MOVED = 100;

const SIZES = [1, 7, 65];
const next = mulberry32(41);
const random = () => 2 * next() - 1;
const randoms = (shape: Shape) => Float32Array.from({ length: size(shape) }, random);
const up = (shape: Shape, data: Float32Array) => ops.upload({ dtype: 'f32', shape, data }, 'x');
const fresh = (shape: Shape) => up(shape, randoms(shape));

async function values(tensor: Tensor): Promise<Float32Array> {
  const [data] = await ops.read([tensor]);
  return data;
}

/** Σ weights ⊙ y, a number whose gradient with respect to y is `weights`; what is masked in y does not count. */
async function loss(y: Tensor, weights: Float32Array): Promise<number> {
  const data = await values(y);
  return data.reduce((sum, value, i) => sum + (value === -Infinity ? 0 : value * (weights[i] as number)), 0);
}

/** Compares the gradient of `loss(forward(x), weights)` with central differences. */
async function expectGradient(
  gradient: Tensor,
  x: Tensor,
  forward: (x: Tensor) => Tensor,
  weights: Float32Array,
): Promise<void> {
  const [own, expected] = [await values(x), await values(gradient)];
  expect(gradient.shape).toEqual(x.shape);
  const allowed = ROUNDING + TOLERANCE * Math.max(...expected.map(Math.abs));
  const moved = async (i: number, by: number) => {
    const data = own.with(i, (own[i] as number) + by);
    return await loss(forward(up(x.shape, data)), weights);
  };
  for (let i = 0; i < own.length; i += Math.ceil(own.length / MOVED)) {
    const slope = ((await moved(i, STEP)) - (await moved(i, -STEP))) / (2 * STEP);
    const off = Math.abs(slope - (expected[i] as number));
    expect(off, `entry ${i}: ${expected[i]}, by differences ${slope}`).toBeLessThan(allowed);
  }
}

const KINDS: NormKind[] = [{ kind: 'layer', eps: 0.1 }, { kind: 'linear' }];

test.each(KINDS)('norm of kind $kind', async (kind) => {
  for (const d of SIZES) {
    const [x, w, b] = [fresh([2, 3, d]), fresh([d]), fresh([d])];
    const weights = randoms(x.shape);
    const { dx } = ops.normBack(up(x.shape, weights), x, { w, b }, kind);
    await expectGradient(dx, x, (moved) => ops.norm(moved, { w, b }, kind).normalized, weights);
  }
});

test('dScale is the gradient of σ by itself, with the rest of the norm as it is', async () => {
  for (const d of SIZES) {
    const [x, w, b] = [fresh([2, d]), fresh([d]), fresh([d])];
    const weights = randoms(x.shape);
    const kind = { kind: 'layer', eps: 0.1 } as const;
    const { dScale } = ops.normBack(up(x.shape, weights), x, { w, b }, kind);
    const [centred, sigma] = [ops.norm(x, { w, b }, { kind: 'linear' }), ops.norm(x, { w, b }, kind).scale];
    const [numerators, shift, scales] = await Promise.all([centred.normalized, b, sigma].map(values));
    for (const [r, given] of (await values(dScale)).entries()) {
      // normalized = (numerator − b)/σ + b; the loss of row r as a function of its σ, in f64
      const at = (scale: number) =>
        (weights.subarray(r * d, (r + 1) * d) as Float32Array).reduce((sum, weight, i) => {
          const bias = shift?.[i] as number;
          return sum + weight * (((numerators?.[r * d + i] as number) - bias) / scale + bias);
        }, 0);
      const scale = scales?.[r] as number;
      const slope = (at(scale + 1e-4) - at(scale - 1e-4)) / 2e-4;
      expect(Math.abs(given - slope)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
    }
    const linear = ops.normBack(up(x.shape, weights), x, { w, b }, { kind: 'linear' });
    expect([...(await values(linear.dScale))]).toEqual([0, 0]);
  }
});

test('gelu, where it bends and far out', async () => {
  for (const n of SIZES) {
    const x = up(
      [3, n],
      randoms([3, n]).map((value) => 4 * value),
    );
    const weights = randoms(x.shape);
    await expectGradient(ops.geluBack(up(x.shape, weights), x), x, (moved) => ops.gelu(moved), weights);
  }
  const far = up([4], Float32Array.of(-1e10, -50, 50, 1e10));
  expect([...(await values(ops.geluBack(up([4], Float32Array.of(2, 2, 2, 2)), far)))]).toEqual([0, 0, 2, 2]);
});

test('linear goes back through linearT, and linearT through linear', async () => {
  for (const [n, m] of [
    [1, 7],
    [7, 65],
    [65, 1],
  ] as const) {
    const [x, W] = [fresh([2, 3, n]), fresh([n, m])];
    const weights = randoms([2, 3, m]);
    const dy = up([2, 3, m], weights);
    await expectGradient(ops.linearT(dy, W), x, (moved) => ops.linear(moved, W, null), weights);
    const table = fresh([m, n]);
    await expectGradient(ops.linear(dy, table, null), x, (moved) => ops.linearT(moved, table), weights);
  }
});

test('a product of several matrices side by side goes back through their joined gradients', async () => {
  const [x, W, b] = [fresh([1, 3, 7]), fresh([7, 21]), fresh([21])];
  const thirds = [1, 2, 3].map(() => randoms([1, 3, 7]));
  const dy = ops.join(thirds.map((weights) => up([1, 3, 7], weights)));
  const joined = (moved: Tensor) => {
    const { q, k, v } = ops.qkv(moved, W, b);
    return ops.join([q, k, v]);
  };
  await expectGradient(ops.linearT(dy, W), x, joined, await values(dy));
});

test('softmax, where something is masked too', async () => {
  for (const n of SIZES) {
    const x = fresh([2, 3, n]);
    const masked = (await values(x)).map((value, i) => (i % n > 4 ? -Infinity : value));
    for (const scores of [x, up(x.shape, masked)]) {
      const weights = randoms(x.shape);
      const dy = up(x.shape, weights);
      const back = ops.softmaxBack(dy, ops.softmax(scores));
      await expectGradient(back, scores, (moved) => ops.softmax(moved), weights);
    }
  }
});

const ATTENTIONS = [
  [1, 1, 1, 1],
  [3, 7, 3, 5],
  [1, 65, 3, 4],
] as const;

test('mix: of the pattern and of the values', async () => {
  for (const [batch, pos, heads, dHead] of ATTENTIONS) {
    const [pattern, v] = [fresh([batch, heads, pos, pos]), fresh([batch, pos, heads * dHead])];
    const weights = randoms(v.shape);
    const back = ops.mixBack(up(v.shape, weights), pattern, v);
    await expectGradient(back.pattern, pattern, (moved) => ops.mix(moved, v), weights);
    await expectGradient(back.v, v, (moved) => ops.mix(pattern, moved), weights);
  }
});

test('attentionScores: of queries and keys, and the gradient of what is masked is not read', async () => {
  for (const [batch, pos, heads, dHead] of ATTENTIONS) {
    const [q, k] = [fresh([batch, pos, heads * dHead]), fresh([batch, pos, heads * dHead])];
    const shape = [batch, heads, pos, pos];
    const weights = randoms(shape).map((w, i) => (i % pos > Math.floor(i / pos) % pos ? Number.NaN : w));
    const back = ops.scoresBack(up(shape, weights), q, k);
    await expectGradient(back.q, q, (moved) => ops.attentionScores(moved, k, heads), weights);
    await expectGradient(back.k, k, (moved) => ops.attentionScores(q, moved, heads), weights);
  }
});

test('all of attention, from z back to queries, keys and values', async () => {
  for (const [batch, pos, heads, dHead] of ATTENTIONS) {
    const shape = [batch, pos, heads * dHead];
    const [q, k, v] = [fresh(shape), fresh(shape), fresh(shape)];
    const weights = randoms(shape);
    const pattern = ops.softmax(ops.attentionScores(q, k, heads));
    const mixed = ops.mixBack(up(shape, weights), pattern, v);
    const back = ops.scoresBack(ops.softmaxBack(mixed.pattern, pattern), q, k);
    await expectGradient(back.q, q, (moved) => ops.attention(moved, k, v, heads), weights);
    await expectGradient(back.k, k, (moved) => ops.attention(q, moved, v, heads), weights);
    await expectGradient(mixed.v, v, (moved) => ops.attention(q, k, moved, heads), weights);
  }
});
