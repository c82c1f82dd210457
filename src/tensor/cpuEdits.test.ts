import { expect, test } from 'vitest';
import { createCpuBackend } from './cpuOps.ts';
import type { Box } from './ops.ts';
import type { Tensor } from './tensor.ts';

// Every number here was worked out by hand.

const ops = createCpuBackend().arena('edits');
const f32 = (shape: number[], ...data: number[]): Tensor =>
  ops.upload({ dtype: 'f32', shape, data: Float32Array.from(data) }, 'x');
async function values(tensor: Tensor): Promise<number[]> {
  const [data] = await ops.read([tensor]);
  return [...data];
}

const NAN = Number.NaN;

test('blend scales and adds inside a box and leaves what is outside', async () => {
  const x = f32([1, 2, 3], 1, 2, 3, 4, 5, 6);
  const y = f32([1, 2, 3], 10, 20, 30, 40, 50, 60);
  const box: Box = [0, 1, 1, 2, 0, 2]; // position 1, columns 0 and 1
  expect(await values(ops.blend(x, [box], 2, y))).toEqual([1, 2, 3, 48, 60, 6]);
  expect(await values(ops.blend(x, [box], -1, null))).toEqual([1, 2, 3, -4, -5, 6]);
  expect(await values(ops.blend(x, [[0, 1, 0, 2, 3, 3]], 2, y))).toEqual([1, 2, 3, 4, 5, 6]); // no column
});

test('a factor of 0 drops whatever x holds, and what is outside is kept whatever it is', async () => {
  const x = f32([1, 2, 2], NAN, Infinity, -Infinity, NAN);
  const y = f32([1, 1, 1], 7);
  const first: Box = [0, 1, 0, 1, 0, 2];
  expect(await values(ops.blend(x, [first], 0, y))).toEqual([7, 7, -Infinity, NAN]);
  expect(await values(ops.blend(x, [first], 0, null))).toEqual([0, 0, -Infinity, NAN]);
});

test('blend takes one y for all of an axis: for positions, for columns, for heads', async () => {
  const x = f32([1, 2, 2], 0, 0, 0, 0);
  const all: Box = [0, 1, 0, 2, 0, 2];
  expect(await values(ops.blend(x, [all], 1, f32([1, 1, 2], 1, 2)))).toEqual([1, 2, 1, 2]);
  expect(await values(ops.blend(x, [all], 1, f32([1, 2, 1], 1, 2)))).toEqual([1, 1, 2, 2]);
  const pattern = f32([1, 2, 1, 2], 0, 0, 0, 0);
  const both: Box = [0, 2, 0, 1, 0, 2];
  expect(await values(ops.blend(pattern, [both], 1, f32([1, 1, 1, 2], 1, 2)))).toEqual([1, 2, 1, 2]);
  expect(await values(ops.blend(pattern, [both], 1, f32([1, 2, 1, 1], 1, 2)))).toEqual([1, 1, 2, 2]);
});

test('an entry has the box of its own, and one of x, of y or of the boxes serves all', async () => {
  const [one, two] = [f32([1, 1, 2], 1, 2), f32([2, 1, 2], 1, 2, 3, 4)];
  const left: Box = [0, 1, 0, 1, 0, 1];
  const right: Box = [0, 1, 0, 1, 1, 2];
  const each = ops.blend(one, [left, right], 0, null);
  expect(each.shape).toEqual([2, 1, 2]);
  expect(await values(each)).toEqual([0, 2, 1, 0]);
  expect(await values(ops.blend(two, [left], 0, one))).toEqual([1, 2, 1, 4]);
  expect(await values(ops.blend(one, [left], 1, two))).toEqual([2, 2, 4, 2]);
});

test('a causal blend leaves keys after their query', async () => {
  const scores = f32([1, 1, 2, 2], 1, -Infinity, 2, 3);
  const all: Box = [0, 1, 0, 2, 0, 2];
  const causal = { causal: true };
  expect(await values(ops.blend(scores, [all], 0, null, causal))).toEqual([0, -Infinity, 0, 0]);
  expect(await values(ops.blend(scores, [all], 0, null))).toEqual([0, 0, 0, 0]);
});

test('meanPositions is one row for each entry', async () => {
  const mean = ops.meanPositions(f32([2, 2, 2], 1, 2, 3, 4, 10, 20, 30, 40));
  expect(mean.shape).toEqual([2, 1, 2]);
  expect(await values(mean)).toEqual([2, 3, 20, 30]);
});

test('renormalize divides rows by what is left of them', async () => {
  const pattern = f32([1, 1, 3, 3], 0, 0, 0, 0.25, 0.25, 0, 0.5, 0, 0.3);
  // Query 0 has nothing left; the range of keys is no matter.
  const rows: Box = [0, 1, 0, 2, 1, 1];
  expect(await values(ops.renormalize(pattern, [rows]))).toEqual(
    [0, 0, 0, 0.5, 0.5, 0, 0.5, 0, 0.3].map(Math.fround),
  );
  const none: Box = [0, 1, 3, 3, 0, 3];
  const each = ops.renormalize(pattern, [none, rows]);
  expect(each.shape).toEqual([2, 1, 3, 3]);
  expect((await values(each)).slice(3, 5)).toEqual([0.25, 0.25]);
  expect((await values(each)).slice(12, 14)).toEqual([0.5, 0.5]);
});

test('renormalize leaves keys after their query, whatever they hold', async () => {
  const pattern = f32([1, 1, 2, 2], 0.5, NAN, 1, 3);
  expect(await values(ops.renormalize(pattern, [[0, 1, 0, 2, 0, 2]]))).toEqual([1, NAN, 0.25, 0.75]);
});

test('appendRows puts rows behind the first ones, which may serve every entry', async () => {
  const past = f32([1, 3, 1], 1, 2, 3);
  const both = ops.appendRows(past, 2, f32([2, 1, 1], 7, 8));
  expect(both.shape).toEqual([2, 3, 1]);
  expect(await values(both)).toEqual([1, 2, 7, 1, 2, 8]);
  const own = f32([2, 2, 1], 1, 2, 3, 4);
  expect(await values(ops.appendRows(own, 1, f32([2, 1, 1], 7, 8)))).toEqual([1, 7, 3, 8]);
  expect(await values(ops.appendRows(own, 0, f32([2, 1, 1], 7, 8)))).toEqual([7, 8]);
});

test('join puts rows side by side', async () => {
  const joined = ops.join([f32([2, 1], 1, 2), f32([2, 2], 3, 4, 5, 6)]);
  expect(joined.shape).toEqual([2, 3]);
  expect(await values(joined)).toEqual([1, 3, 4, 2, 5, 6]);
});

test('attention of several entries, each with keys and values of its own and room for more', async () => {
  const q = f32([2, 1, 1], 0, 0); // every key alike
  const k = f32([2, 3, 1], 1, 2, NAN, 3, 4, NAN);
  const v = f32([2, 3, 1], 2, 4, NAN, 10, 30, NAN);
  expect(await values(ops.attention(q, k, v, 1, 1))).toEqual([3, 20]);
});

test('what does not fit is refused with the numbers', () => {
  const x = f32([2, 1, 2], 1, 2, 3, 4);
  const box: Box = [0, 1, 0, 1, 0, 2];
  expect(() => ops.blend(x, [[0, 1, 0, 1, 0, 3]], 0, null)).toThrow('a box 0,1,0,1,0,3 in [2, 1, 2]');
  expect(() => ops.blend(x, [box, box, box], 0, null)).toThrow('3 boxes for a batch of 2');
  expect(() => ops.blend(x, [box], 0, f32([1, 1, 3], 1, 2, 3))).toThrow('[2, 1, 2] with [1, 1, 3]');
  expect(() => ops.blend(x, [box], 0, null, { causal: true })).toThrow('causal of [2, 1, 2]');
  expect(() => ops.renormalize(x, [box])).toThrow('[2, 1, 2]');
  expect(() => ops.appendRows(x, 2, x)).toThrow('2 rows of [2, 1, 2]');
  expect(() => ops.join([x, f32([1, 1, 2], 1, 2)])).toThrow('[2, 1, 2] beside [1, 1, 2]');
  expect(() => ops.geluBack(x, f32([2], 1, 2))).toThrow('[2, 1, 2] for [2]');
  expect(() => ops.mixBack(x, f32([2, 1, 1, 2], 1, 2, 3, 4), x)).toThrow('[2, 1, 1, 2]');
});

test('hand-worked gradients of a norm and of attention', async () => {
  // x̂ = [−1, 1] of [2, 4] with eps 0; g = [6, 2], mean 4, mean(g ⊙ x̂) = −2: dx = g − 4 + 2·x̂ = 0, dScale = 4.
  const x = f32([1, 2], 2, 4);
  const params = { w: f32([2], 3, 1), b: f32([2], 9, 9) };
  const layer = ops.normBack(f32([1, 2], 2, 2), x, params, { kind: 'layer', eps: 0 });
  expect([await values(layer.dx), await values(layer.dScale)]).toEqual([[0, 0], [4]]);
  const linear = ops.normBack(f32([1, 2], 2, 2), x, params, { kind: 'linear' });
  expect([await values(linear.dx), await values(linear.dScale)]).toEqual([[2, -2], [0]]);

  // One head of width 4, two positions: z₁ = ½v₀ + ½v₁ and only z₁ counts, with dz₁ = [1, 0, 0, 2].
  const dz = f32([1, 2, 4], 0, 0, 0, 0, 1, 0, 0, 2);
  const pattern = f32([1, 1, 2, 2], 1, NAN, 0.5, 0.5);
  const v = f32([1, 2, 4], 1, 1, 1, 1, 0, 0, 0, 4);
  const mixed = ops.mixBack(dz, pattern, v);
  expect(await values(mixed.pattern)).toEqual([0, 0, 3, 8]);
  expect(await values(mixed.v)).toEqual([0.5, 0, 0, 1, 0.5, 0, 0, 1]);
  // What the gradient holds where the pattern is 0 is no matter.
  const dScores = ops.softmaxBack(f32([1, 1, 2, 2], 0, NAN, 3, 8), f32([1, 1, 2, 2], 1, 0, 0.5, 0.5));
  expect(await values(dScores)).toEqual([0, 0, -1.25, 1.25]); // ½(3 − 5½), ½(8 − 5½)
  const scored = ops.scoresBack(dScores, f32([1, 2, 4], 9, 9, 9, 9, 2, 0, 0, 0), v);
  expect(await values(scored.q)).toEqual([0, 0, 0, 0, -0.625, -0.625, -0.625, 1.875]); // ½·1¼·(k₁ − k₀)
  expect(await values(scored.k)).toEqual([-1.25, 0, 0, 0, 1.25, 0, 0, 0]); // ½·dScores·q₁
});
