import { expect, test } from 'vitest';
import { createCpuBackend } from './cpuOps.ts';
import type { HostTensor, Tensor } from './tensor.ts';

// Every number here was worked out by hand.

const ops = createCpuBackend().arena('test');
const f32 = (shape: number[], ...data: number[]): Tensor =>
  ops.upload({ dtype: 'f32', shape, data: Float32Array.from(data) }, 'x');
const u32 = (shape: number[], ...data: number[]): Tensor =>
  ops.upload({ dtype: 'u32', shape, data: Uint32Array.from(data) }, 'ids');
async function values(tensor: Tensor): Promise<number[]> {
  const [data] = await ops.read([tensor]);
  return [...data];
}

test('embed takes rows, posEmbed the first ones for every batch entry', async () => {
  const table = f32([3, 2], 1, 2, 3, 4, 5, 6);
  expect(await values(ops.embed(table, u32([1, 3], 2, 0, 2)))).toEqual([5, 6, 1, 2, 5, 6]);
  expect(await values(ops.posEmbed(table, 2, 2))).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
});

test('LayerNorm divides by the biased deviation, the linear form only centres', async () => {
  const x = f32([1, 1, 4], 1, 3, 5, 7); // mean 4, biased variance 5
  const params = { w: f32([4], 1, 1, 2, 1), b: f32([4], 0, 0, 0, 10) };
  const layer = ops.norm(x, params, { kind: 'layer', eps: 4 }); // σ = √9 = 3
  expect(layer.scale.shape).toEqual([1, 1, 1]);
  expect(await values(layer.scale)).toEqual([3]);
  expect(await values(layer.normalized)).toEqual([-1, Math.fround(-1 / 3), Math.fround(2 / 3), 11]);
  const linear = ops.norm(x, params, { kind: 'linear' });
  expect(await values(linear.scale)).toEqual([1]);
  expect(await values(linear.normalized)).toEqual([-3, -1, 2, 13]);
});

test('linear is x·W + b on a window of columns, linearT is x·Wᵀ', async () => {
  const x = f32([2, 2], 1, 2, 3, 4);
  const W = f32([2, 3], 1, 0, 2, 0, 1, 5);
  expect(await values(ops.linear(x, W, null))).toEqual([1, 2, 12, 3, 4, 26]);
  expect(await values(ops.linear(x, W, f32([3], 9, 10, 20), [1, 2]))).toEqual([12, 32, 14, 46]);
  expect(await values(ops.linearT(f32([1, 3], 1, 1, 1), W))).toEqual([3, 6]);
});

test('attention: scaled causal scores, softmax rows, values mixed', async () => {
  // one head of width 4: scores are divided by 2
  const q = f32([1, 2, 4], 2, 0, 0, 0, 0, 4, 0, 0);
  const k = f32([1, 2, 4], 1, 1, 0, 0, 3, 1, 0, 0);
  const scores = ops.attentionScores(q, k, 1);
  expect(await values(scores)).toEqual([1, -Infinity, 2, 2]);
  const pattern = ops.softmax(scores);
  expect(await values(pattern)).toEqual([1, 0, 0.5, 0.5]);
  const v = f32([1, 2, 4], 1, 2, 3, 4, 5, 6, 7, 8);
  expect(await values(ops.mix(pattern, v))).toEqual([1, 2, 3, 4, 3, 4, 5, 6]);
});

test('two heads read their own slices and write through their own rows of W_O', async () => {
  const q = f32([1, 1, 2], 3, 5);
  expect(await values(ops.attentionScores(q, q, 2))).toEqual([9, 25]); // d_head = 1
  const W_O = f32([2, 2], 1, 2, 10, 20);
  expect(await values(ops.headResults(q, W_O, 2))).toEqual([3, 6, 50, 100]);
});

test('gelu is the tanh form: 0.841192 at 1, where the erf form gives 0.841345', async () => {
  const [at1, at0, atMinus20, at20] = await values(ops.gelu(f32([4], 1, 0, -20, 20)));
  expect(at1).toBeCloseTo(0.841192, 6);
  expect([at0, at20]).toEqual([0, 20]);
  expect(atMinus20).toBeCloseTo(0, 12);
});

test('reductions over a row', async () => {
  const x = f32([1, 4], 0, Math.log(2), Math.log(4), Math.log(1)); // softmax 1/8 · [1, 2, 4, 1]
  const lse = ops.logSumExp(x);
  expect((await values(lse))[0]).toBeCloseTo(Math.log(8), 6);
  // H = ½·ln 2 + ¼·ln 4 + 2·⅛·ln 8 = 1.75·ln 2
  expect((await values(ops.entropy(x, lse)))[0]).toBeCloseTo(1.75 * Math.log(2), 6);
  expect(await values(ops.mean(f32([2, 2], 1, 3, -5, 5)))).toEqual([2, 0]);
  expect((await values(ops.logSumExp(f32([1, 2], 1000, 1000))))[0]).toBeCloseTo(1000 + Math.log(2), 3);
});

test('gather, rank and topK: ties go to the lower id, NaN sorts last', async () => {
  const x = f32([2, 4], 5, 9, 5, Number.NaN, 1, 2, 3, 4);
  expect(await values(ops.gather(x, u32([2], 2, 0)))).toEqual([5, 1]);
  expect(await values(ops.rank(x, u32([2], 2, 0)))).toEqual([2, 3]);
  const { values: best, ids } = ops.topK(x, 3);
  expect([...(await ops.readIds(ids))]).toEqual([1, 0, 2, 3, 2, 1]);
  expect(await values(best)).toEqual([9, 5, 5, 4, 3, 2]);
});

test('divergence: KL both ways and JSD of [½, ½] against [1, 0]', async () => {
  const a = f32([1, 2], 0, 0);
  const b = f32([1, 2], 0, -1000);
  const [kl, reverse, jsd] = await values(ops.divergence(a, ops.logSumExp(a), b, ops.logSumExp(b)));
  expect(kl).toBeCloseTo(500 - Math.log(2), 3); // ½·ln(½/1) + ½·(ln ½ + 1000)
  expect(reverse).toBeCloseTo(Math.log(2), 6);
  // M = [¾, ¼]: ½(½ ln ⅔ + ½ ln 2) + ½ ln 4/3
  expect(jsd).toBeCloseTo(0.25 * Math.log(2 / 3) + 0.25 * Math.log(2) + 0.5 * Math.log(4 / 3), 6);
});

test('scaledLogitStats: what logits become that directions are added to and that are then scaled towards their bias', async () => {
  const x = f32([3, 3], 9, 9, 9, 1, 2, 4, 0, 0, Number.POSITIVE_INFINITY);
  const [b, m] = [f32([3], 1, 0, 0), f32([2, 3], 0, 1, 1, 3, -1, 2)];
  const beta = f32([2, 2], 4, -1, 0, 0);
  const operands = { x, start: 1, b, m, beta, ids: u32([2], 1, 0) };
  const alpha = f32([2, 4], 0.5, 2, 0, 0.5, 1, 1, 1, 1);
  const stats = await values(ops.scaledLogitStats({ ...operands, alpha, each: true, prefixes: true }));
  const logits = [
    [1, 2, 4], // x
    [1, 6, 8], // + 4·m₀
    [-2, 3, 2], // − m₁
    [1, 6, 8], // + 4·m₀
    [-2, 7, 6], // + 4·m₀ − m₁
    [1, 3, 4], // and scaled towards b
    [-5, 6, 4],
    [1, 0, 0],
    [-0.5, 3.5, 3],
  ];
  logits.forEach((z, entry) => {
    const lse = Math.log(z.reduce((sum, v) => sum + Math.exp(v), 0));
    const entropy = z.reduce((sum, v) => sum + Math.exp(v - lse) * (lse - v), 0);
    expect(stats[3 * entry]).toBeCloseTo(lse, 6);
    expect(stats[3 * entry + 1]).toBeCloseTo(entropy, 6);
    expect(stats[3 * entry + 2]).toBe(z[1]);
  });
  expect(stats.slice(3 * logits.length)).toEqual(Array(3 * logits.length).fill(Number.NaN)); // a row that is not finite
  const joint = await values(
    ops.scaledLogitStats({ ...operands, b: null, alpha: f32([2, 1], 0, 0), each: false, prefixes: false }),
  );
  expect(joint.slice(0, 9)).toEqual(
    [...stats.slice(0, 3), ...stats.slice(12, 15), Math.log(3), Math.log(3), 0].map(Math.fround),
  );
});

test('edges: huge logits, a row of −Infinity, NaN is never averaged away', async () => {
  expect(await values(ops.softmax(f32([1, 3], 1e30, 1e30, -1e30)))).toEqual([0.5, 0.5, 0]);
  expect(await values(ops.logSumExp(f32([1, 2], -Infinity, -Infinity)))).toEqual([-Infinity]);
  const x = f32([1, 2], Number.NaN, 0);
  const flat = f32([1, 2], 0, 0);
  expect(await values(ops.entropy(x, ops.logSumExp(x)))).toEqual([Number.NaN]);
  const apart = await values(ops.divergence(x, ops.logSumExp(x), flat, ops.logSumExp(flat)));
  expect(apart).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

test('divergence of a distribution with itself is exactly 0, with a near one not below it', async () => {
  const a = f32([1, 3], 0.1, 7.3, -2);
  const b = f32([1, 3], 0.1, 7.3001, -2);
  expect(await values(ops.divergence(a, ops.logSumExp(a), a, ops.logSumExp(a)))).toEqual([0, 0, 0]);
  const near = await values(ops.divergence(a, ops.logSumExp(a), b, ops.logSumExp(b)));
  expect(Math.min(...near)).toBeGreaterThanOrEqual(0);
});

test('dotGroups projects per group', async () => {
  const x = f32([2, 4], 1, 2, 3, 4, 5, 6, 7, 8);
  const v = f32([4], 1, 10, 100, 1000);
  expect(await values(ops.dotGroups(x, v, 1))).toEqual([4321, 8765]);
  expect(await values(ops.dotGroups(x, v, 2))).toEqual([21, 4300, 65, 8700]);
  expect(await values(ops.dotGroups(x, v, 4))).toEqual([1, 20, 300, 4000, 5, 60, 700, 8000]);
});

test('tidy releases what is neither returned nor kept, and use after release fails', async () => {
  const arena = createCpuBackend().arena('tidy');
  const one = arena.upload({ dtype: 'f32', shape: [1], data: Float32Array.of(1) }, 'one');
  let kept = one;
  let lost = one;
  const three = arena.tidy(() => {
    lost = arena.add(one, one, 'two');
    kept = arena.keep(arena.add(lost, lost, 'four'));
    return arena.add(lost, one, 'three');
  });
  const [a, b] = await arena.read([three, kept]);
  expect([a[0], b[0]]).toEqual([3, 4]);
  expect(() => arena.add(lost, one)).toThrow(/two was used after its release/);
});

test('f16 weights are used with their rounded values', async () => {
  const half = ops.upload({ dtype: 'f16', shape: [1, 1], data: Uint16Array.of(0x2e66) }, 'half'); // nearest to 0.1
  expect(await values(ops.linear(f32([1, 1], 1), half, null))).toEqual([0.0999755859375]);
});

// 66 values a row: two groups, the second of two. 127 and −127 are the ends of the scale, 64/127 is rounded to f32.
const q8: HostTensor = {
  dtype: 'q8',
  shape: [2, 66],
  data: Int8Array.from({ length: 132 }, (_, i) => [127, -127, 64, 0][i % 4] ?? 0),
  scales: Float32Array.of(1, 0.5, 2, 4),
};

test('8-bit weights are fractions of the scale of their group', async () => {
  const rows = await values(ops.embed(ops.upload(q8, 'q8'), u32([2], 1, 0)));
  const part = Math.fround(64 / 127);
  expect(rows.slice(0, 4)).toEqual([2 * part, 0, 2, -2]); // row 1 begins at 66 = 2 (mod 4), with scale 2
  expect(rows.slice(64, 66)).toEqual([4 * part, 0]);
  expect(rows.slice(66, 70)).toEqual([1, -1, part, 0]);
  expect(rows.slice(66 + 64)).toEqual([0.5, -0.5]);
  const short: HostTensor = { ...q8, scales: Float32Array.of(1) };
  expect(() => ops.upload(short, 'short')).toThrow('1 scales for shape [2, 66]');
});

test('a parameter is written row by row in the storage it is kept in', async () => {
  const backend = createCpuBackend();
  const rowsFrom = (first: number, count: number): HostTensor => ({
    dtype: 'f32',
    shape: [count, 2],
    data: Float32Array.from({ length: 2 * count }, (_, i) => 10 * (first + Math.floor(i / 2)) + (i % 2)),
  });
  const W = backend.allocate([6, 2], 'f32', 'W');
  backend.write(W, 4, rowsFrom(4, 2));
  backend.write(W, 0, rowsFrom(0, 4));
  expect(await values(W)).toEqual([0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51]);
  const b = backend.allocate([3], 'f32', 'b');
  backend.write(b, 0, { dtype: 'f32', shape: [3], data: Float32Array.of(1, 2, 3) });
  expect(await values(b)).toEqual([1, 2, 3]);

  expect(() => backend.write(W, 2, rowsFrom(2, 4))).toThrow('rows 2 to 6 of 6 cannot be written');
  expect(() => backend.write(W, 4, rowsFrom(4, 4))).toThrow('rows 4 to 8 of 6 cannot be written');
  expect(() => backend.write(W, 0, rowsFrom(0, 3))).toThrow('end neither at a multiple of 4');
  expect(() => backend.write(W, 0, { ...rowsFrom(0, 4), shape: [8, 1] })).toThrow('shape [8, 1]');
  expect(() => backend.write(W, 0, q8)).toThrow('are q8, not f32');
});

test('the CPU needs no preparation and has no limits', async () => {
  const backend = createCpuBackend();
  await backend.prepare('q8', { dHead: 2 });
  expect(await backend.hasRoom(1e15)).toBe(true);
  expect(backend.limits).toEqual({ bufferBytes: Infinity, bindingBytes: Infinity });
});
