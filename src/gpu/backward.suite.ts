/** Cases in which backward ops must be what the oracle says: odd sizes, what is masked, rows that round badly. */

import type { NormKind } from '../tensor/params.ts';
import { f32, randoms } from './compare.suite.ts';
import { HEADS, type OpCase, SIZES, SUM } from './edits.suite.ts';
import { geluBack } from './kernels/geluBack.ts';
import { normBack } from './kernels/normBack.ts';
import { normBackRows } from './kernels/normBackRows.ts';
import { softmaxBack } from './kernels/softmaxBack.ts';

/** All that are compiled at their first use. */
export const backwardKernels = [
  normBack(1, 1, null),
  normBackRows(1, 1, null),
  geluBack(1),
  softmaxBack(1, 1),
].map(({ kernel }) => kernel);

const SLOPE = 1e-6; // one exponential, weighted by what it leaves of the slope

const layer: NormKind = { kind: 'layer', eps: 1e-5 };

function normBackCase(
  kind: NormKind,
  shape: readonly number[],
  tolerance: number,
  seed: number,
  shift = 0,
): OpCase {
  const r = randoms(seed);
  const [dy, x, w] = [f32(shape, r), f32(shape, () => shift + r()), f32(shape.slice(-1), r)];
  return {
    name: `normBack of kind ${kind.kind}, ${shape.join('×')} around ${shift}`,
    tolerance,
    body: (ops, up) => {
      const { dx, dScale } = ops.normBack(up(dy), up(x), { w: up(w), b: up(w) }, kind, 'ln1');
      return [dx, dScale];
    },
  };
}

export function normBackCases(): OpCase[] {
  const cases: OpCase[] = [];
  for (const kind of [layer, { kind: 'linear' } as const]) {
    for (const d of [1, 7, 65, 768]) {
      // A short row can have a tiny variance, which enlarges the rounding of its entries by 1/σ.
      const tolerance = d < 65 ? 2e-4 : 2e-5;
      for (const [batch, pos] of [
        [1, 1],
        [3, 7],
        [1, 65],
      ] as const) {
        cases.push(normBackCase(kind, [batch, pos, d], tolerance, d + pos));
      }
    }
  }
  cases.push(normBackCase(layer, [1, 3, 130], 5e-4, 34, 1000)); // entries are 6e-5 apart, and σ is 0.6
  return cases;
}

export function geluBackCases(): OpCase[] {
  const r = randoms(35);
  const far = [0, 20, -20, 80, -80, 1e4, -1e4, 1e30, -1e30, -5.5, 1e-20, Number.NaN];
  const [one, extremes] = [f32([far.length], () => 1), f32([far.length], (i) => far[i] ?? 0)];
  return [
    {
      name: 'far out',
      tolerance: SLOPE,
      body: (ops, up) => [ops.geluBack(up(one), up(extremes), 'hook_pre')],
    },
    ...SIZES.map((n): OpCase => {
      const [dy, pre] = [f32([3, n], r), f32([3, n], () => 6 * r())];
      return { name: `geluBack ${n}`, tolerance: SLOPE, body: (ops, up) => [ops.geluBack(up(dy), up(pre))] };
    }),
  ];
}

/** Of softmax, mix and attentionScores: what belongs to keys after their query is NaN and must not be read. */
export function attentionBackCases(): OpCase[] {
  const r = randoms(36);
  const cases: OpCase[] = [];
  for (const pos of SIZES) {
    const masked = (i: number) => i % pos > Math.floor(i / pos) % pos;
    for (const batch of [1, 3]) {
      for (const [heads, dHead] of HEADS) {
        const [maps, rows] = [
          [batch, heads, pos, pos],
          [batch, pos, heads * dHead],
        ] as const;
        const y = f32(maps, (i) => (masked(i) ? 0 : r() ** 2)); // as a softmax gives it
        const given = f32(maps, (i) => (masked(i) ? Number.NaN : r()));
        const [dz, q, v] = [f32(rows, r), f32(rows, r), f32(rows, r)];
        cases.push({
          name: `softmaxBack, mixBack and scoresBack ${batch}×${pos}×${heads}×${dHead}`,
          tolerance: SUM,
          body: (ops, up) => {
            const mixed = ops.mixBack(up(dz), up(given), up(v), 'attn');
            const scored = ops.scoresBack(up(given), up(q), up(v), 'attn');
            const pattern = ops.softmaxBack(up(given), up(y), 'scores');
            return [pattern, mixed.pattern, mixed.v, scored.q, scored.k];
          },
        });
      }
    }
  }
  return cases;
}
