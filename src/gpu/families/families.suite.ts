/** What every family must compute as the oracle does: each kernel at sizes that meet all of its edges. */

import type { NormKind } from '../../tensor/params.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Body, f32, randoms } from '../compare.suite.ts';

/** Binding limit for these cases: at it the larger matrices lie in parts. */
export const BINDING_BYTES = 5000;

/** Positions and widths: widths that fill tiles or do not, multiples of 4 or not; rows in every tile height and beyond. */
const EVERY_KERNEL = [
  [1, 20],
  [2, 23],
  [3, 64],
  [17, 23],
  [20, 20],
  [70, 20],
] as const;
export interface FamilyCase {
  readonly name: string;
  /** As in ops.gpu.test.ts: what f32 sums of a few hundred terms of size 1 may be off by. */
  readonly tolerance: number;
  readonly body: Body;
}

const SUM = 1e-5;
const layer: NormKind = { kind: 'layer', eps: 1e-5 };

/** Cases of products: x·W with all that may follow from it, whole and in parts, normed on the way, and x·Wᵀ. */
export function productCases(): FamilyCase[] {
  const r = randoms(1);
  const cases: FamilyCase[] = [];

  for (const [pos, d] of EVERY_KERNEL) {
    const [x, onto] = [f32([1, pos, d], r), f32([1, pos, d], r)];
    const [W, b] = [f32([d, 3 * d], r), f32([3 * d], r)];
    const [square, bias, table] = [f32([d, d], r), f32([d], r), f32([3 * d, d], r)];
    const [gain, shift] = [f32([d], r), f32([d], r)];
    cases.push({
      name: `products ${pos}×${d}`,
      tolerance: SUM,
      body: (ops, up, parameter) => {
        const params = { w: up(gain), b: up(shift) };
        const normed = { x: up(x), params, kind: layer };
        const centred = { x: up(x), params, kind: { kind: 'linear' } as const };
        const [w, s] = [parameter(W), parameter(square)];
        const { q, k, v } = ops.qkv(normed, w, up(b));
        const { pre, post } = ops.linearGelu(centred, w, up(b), { pre: 'pre', post: 'post' });
        const { out, sum } = ops.linearAdd(up(onto), up(x), s, up(bias), { out: 'out', sum: 'sum' });
        return [
          q,
          k,
          v,
          pre as Tensor,
          post,
          out as Tensor,
          sum,
          ops.linearT(up(x), parameter(table), 'logits'),
        ];
      },
    });
  }

  const [x, W, b] = [f32([1, 6, 20], r), f32([20, 100], r), f32([100], r)];
  cases.push({
    name: 'windows of columns',
    tolerance: SUM,
    body: (ops, up) =>
      (
        [
          [0, 100],
          [8, 65],
          [3, 90],
          [99, 1],
        ] as const
      ).map((columns) => ops.linear(up(x), up(W), up(b), columns)),
  });

  for (const [pos, heads, dHead] of [
    [2, 3, 8],
    [18, 2, 5],
  ] as const) {
    const [z, W_O] = [f32([1, pos, heads * dHead], r), f32([heads * dHead, 30], r)];
    cases.push({
      name: `what ${heads} heads write at ${pos} positions`,
      tolerance: SUM,
      body: (ops, up, parameter) => [ops.headResults(up(z), parameter(W_O), heads)],
    });
  }

  // Deep and narrow, so that the depth is shared out; several parts, so that shares go onto what is there.
  const [deep, narrow] = [f32([1, 5, 300], r), f32([300, 9], r)];
  const [wide, residual] = [f32([300, 12], r), f32([1, 5, 12], r)];
  const [bias9, bias12] = [f32([9], r), f32([12], r)];
  cases.push({
    name: 'deep products',
    tolerance: SUM,
    body: (ops, up, parameter) => [
      ops.linear(up(deep), up(narrow), up(bias9)),
      ops.linearGelu(up(deep), up(wide), up(bias12)).post,
      ops.linearAdd(up(residual), up(deep), parameter(wide), up(bias12)).sum,
    ],
  });

  const [deepRows, table] = [f32([1, 4, 300], r), f32([70, 300], r)];
  cases.push({
    name: 'rows of a table',
    tolerance: SUM,
    body: (ops, up, parameter) => [ops.linearT(up(deepRows), parameter(table), 'logits')],
  });
  return cases;
}

/** Cases of norms and of attention, which read no parameters of other storages. */
export function otherCases(): FamilyCase[] {
  const r = randoms(2);
  const cases: FamilyCase[] = [];
  for (const [pos, d] of [
    [1, 1],
    [7, 7],
    [3, 130],
    [65, 20],
  ] as const) {
    const [x, w, b] = [f32([1, pos, d], r), f32([d], r), f32([d], r)];
    for (const kind of [layer, { kind: 'linear' } as const]) {
      cases.push({
        name: `norm ${pos}×${d}, ${kind.kind}`,
        tolerance: d === 1 ? 1e-4 : 2e-5, // a short row can have a tiny variance
        body: (ops, up) => {
          const { normalized, scale } = ops.norm(up(x), { w: up(w), b: up(b) }, kind, 'ln');
          return [normalized, scale];
        },
      });
    }
  }

  const [one, zero] = [f32([132], () => 1), f32([132], () => 0)];
  const identity = f32([132, 132], (i) => Number(i % 133 === 0));
  const bias = f32([132], () => 0);
  for (const [name, tolerance, x] of [
    ['constant', 2e-5, f32([1, 3, 132], () => 3.3)], // deviates by exactly 0
    ['huge', 2e-5, f32([1, 3, 132], () => 1e4 * r())],
    ['shifted', 2e-4, f32([1, 3, 132], () => 1000 + r())], // entries near 1000 are 6e-5 apart, and σ is 0.6
  ] as const) {
    cases.push({
      name: `norm of ${name} rows, stored and on the way`,
      tolerance,
      body: (ops, up) => {
        const params = { w: up(one), b: up(zero) };
        const { normalized, scale } = ops.norm(up(x), params, layer);
        const { pre } = ops.linearGelu({ x: up(x), params, kind: layer }, up(identity), up(bias), {
          pre: 'pre',
          post: 'post',
        });
        return [normalized, scale, pre as Tensor];
      },
    });
  }

  for (const [batch, pos, heads, dHead] of [
    [1, 1, 2, 7],
    [2, 7, 1, 1],
    [1, 18, 3, 8],
    [2, 65, 2, 12],
    [1, 5, 1, 64],
  ] as const) {
    const shape = [batch, pos, heads * dHead];
    const [q, k, v] = [f32(shape, r), f32(shape, r), f32(shape, r)];
    cases.push({
      name: `attention ${batch}×${pos}×${heads}×${dHead}`,
      tolerance: SUM,
      body: (ops, up) => [ops.attention(up(q), up(k), up(v), heads)],
    });
  }
  for (const [past, pos, room] of [
    [1, 1, 2],
    [63, 1, 64],
    [300, 3, 320],
  ] as const) {
    const [q, k, v] = [f32([1, pos, 16], r), f32([1, room, 16], r), f32([1, room, 16], r)];
    cases.push({
      name: `attention of ${pos} after ${past}`,
      tolerance: SUM,
      body: (ops, up) => [ops.attention(up(q), up(k), up(v), 2, past)],
    });
  }
  const leak = f32([1, 2, 4], (i) => (i >= 4 ? Number.NaN : 1));
  const first = { dtype: 'u32', shape: [1], data: Uint32Array.of(0) } as const;
  cases.push({
    name: 'attention before NaN',
    tolerance: SUM,
    body: (ops, up) => [ops.embed(ops.attention(up(leak), up(leak), up(leak), 1), up(first))],
  });
  return cases;
}
