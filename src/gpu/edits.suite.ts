/** Cases in which interventions must be what the oracle says: odd sizes, every broadcast, what is masked. */

import type { Shape } from '../base/shapes.ts';
import type { Box } from '../tensor/ops.ts';
import { type Body, f32, randoms } from './compare.suite.ts';
import { blend } from './kernels/blend.ts';
import { renormalize } from './kernels/renormalize.ts';

export interface OpCase {
  readonly name: string;
  /** As in ops.gpu.test.ts. */
  readonly tolerance: number;
  readonly body: Body;
}

/** All that are compiled at their first use. */
export const editKernels = [
  blend({ axes: [1, 1, 1, 1], xBatch: 1, y: null, boxes: 1, factor: 0, causal: false }),
  renormalize({ batch: 1, heads: 1, pos: 1, xBatch: 1, boxes: 1 }),
].map(({ kernel }) => kernel);

const EXACT = 0;
const ROUNDED = 2.5e-7; // a product and a sum, each rounded
export const SUM = 1e-5; // sums of up to a few hundred terms of size 1
export const SIZES = [1, 7, 65];

/** [heads, d_head]: one or several, odd or a multiple of 4. */
export const HEADS = [
  [1, 1],
  [1, 8],
  [3, 7],
  [3, 4],
] as const;

/** Boxes in [a, b, c]: everything, nothing, and some of each axis. */
function boxesIn(a: number, b: number, c: number): readonly [whole: Box, empty: Box, part: Box] {
  const half = (n: number) => [Math.floor(n / 3), Math.ceil((2 * n) / 3)] as const;
  return [
    [0, a, 0, b, 0, c],
    [0, a, 0, b, c, c],
    [...half(a), ...half(b), ...half(c)],
  ];
}

/** x with all that an edit must not trip over, which only a factor of 0 drops. */
export function withHoles(shape: Shape, r: () => number) {
  return f32(shape, (i) => [Number.NaN, -Infinity, Infinity][i % 11] ?? r());
}

export function blendCases(): OpCase[] {
  const r = randoms(31);
  const cases: OpCase[] = [];
  const add = (name: string, tolerance: number, body: Body) => cases.push({ name, tolerance, body });

  for (const pos of SIZES) {
    for (const [batch, width] of [
      [1, 7],
      [3, 65],
    ] as const) {
      const [x, y] = [f32([batch, pos, width], r), f32([batch, pos, width], r)];
      const holes = withHoles(x.shape, r);
      const boxes = boxesIn(1, pos, width);
      add(`blend ${batch}×${pos}×${width}`, ROUNDED, (ops, up) =>
        boxes.flatMap((box) => [
          ops.blend(up(x), [box], -0.5, up(y), {}, 'hook_z'),
          ops.blend(up(x), [box], 3, null),
          ops.blend(up(x), [box], 1, up(y)),
        ]),
      );
      add(`blend drops and keeps what is not finite, ${batch}×${pos}×${width}`, EXACT, (ops, up) =>
        boxes.flatMap((box) => [ops.blend(up(holes), [box], 0, up(y)), ops.blend(up(holes), [box], 0, null)]),
      );
      add(`a box for each entry, ${batch}×${pos}×${width}`, EXACT, (ops, up) => [
        ops.blend(up(x), boxes.slice(0, batch), 0, up(y)),
      ]);
    }
  }

  const shape = [3, 3, 7, 7];
  const [x, scores] = [f32(shape, r), f32(shape, (i) => (i % 7 > Math.floor(i / 7) % 7 ? -Infinity : r()))];
  const three = boxesIn(3, 7, 7);
  for (let axis = 0; axis < 4; axis++) {
    const y = f32(shape.map((n, i) => (i === axis ? 1 : n)) as number[], r);
    const only = f32(shape.map((n, i) => (i === axis ? n : 1)) as number[], r);
    add(`y with one for all of axis ${axis}, and with only that axis`, ROUNDED, (ops, up) => [
      ops.blend(up(x), three, 0.5, up(y)),
      ops.blend(up(x), [three[0]], 1, up(only)),
    ]);
  }
  add('scores: keys after their query stay −Infinity', ROUNDED, (ops, up) => [
    ops.blend(up(scores), [three[0]], 0, null, { causal: true }),
    ops.blend(up(scores), three, 2, up(x), { causal: true }),
    ops.blend(up(scores), [three[0]], 0, up(scores)), // −Infinity from y
    ops.blend(up(scores), [three[0]], 2, up(x)), // factor·(−Infinity) + y
  ]);

  const [alone, entries] = [f32([1, 5, 6], r), f32([3, 5, 6], r)];
  const boxes = boxesIn(1, 5, 6);
  add('a batch of 1 serves every entry: of x, of y, of boxes', ROUNDED, (ops, up) => [
    ops.blend(up(alone), boxes, 0, null),
    ops.blend(up(alone), [boxes[2]], 2, up(entries)),
    ops.blend(up(entries), boxes, 2, up(alone)),
    ops.blend(up(alone), boxes, 2, up(alone)),
  ]);
  return cases;
}

export function patternCases(): OpCase[] {
  const r = randoms(32);
  const cases: OpCase[] = [];
  for (const pos of SIZES) {
    for (const [batch, heads] of [
      [1, 3],
      [3, 1],
    ] as const) {
      const [whole, empty, part] = boxesIn(heads, pos, pos);
      const pattern = f32([batch, heads, pos, pos], (i) => {
        const [query, key] = [Math.floor(i / pos) % pos, i % pos];
        if (query % 5 === 3) return 0; // nothing left
        return key > query ? -Infinity : r() ** 2 + 0.1;
      });
      cases.push({
        name: `renormalize ${batch}×${heads}×${pos}`,
        tolerance: SUM,
        body: (ops, up) => [
          ops.renormalize(up(pattern), [whole], 'hook_pattern'),
          ops.renormalize(up(pattern), [empty]), // no keys, but every row
          ops.renormalize(up(pattern), [part]),
          ops.renormalize(up(pattern), [part, whole, empty].slice(0, batch)),
        ],
      });
    }
  }
  const one = f32([1, 2, 4, 4], () => Math.abs(r()));
  cases.push({
    name: 'renormalize of one pattern by several boxes',
    tolerance: SUM,
    body: (ops, up) => [ops.renormalize(up(one), [...boxesIn(2, 4, 4)])],
  });
  return cases;
}
