/** Cases in which rows put together, averaged and attended to must be what the oracle says. */

import { f32, randoms } from './compare.suite.ts';
import { HEADS, type OpCase, SIZES, SUM, withHoles } from './edits.suite.ts';
import { copyRows } from './kernels/copyRows.ts';
import { meanPositions } from './kernels/meanPositions.ts';

/** All that are compiled at their first use. */
export const rowKernels = [
  copyRows({ rows: 1, n: 1, xRows: 1, xStride: 1, yStride: 1, start: 0 }),
  meanPositions(1, 1, 1),
].map(({ kernel }) => kernel);

export function rowCases(): OpCase[] {
  const r = randoms(33);
  const cases: OpCase[] = [];
  for (const pos of [...SIZES, 200]) {
    for (const batch of [1, 3]) {
      const x = f32([batch, pos, 5], r);
      cases.push({
        name: `meanPositions ${batch}×${pos}`,
        tolerance: SUM,
        body: (ops, up) => [ops.meanPositions(up(x), 'mean')],
      });
    }
  }
  for (const [entries, batch, room, count, m] of [
    [1, 1, 7, 7, 1],
    [1, 3, 7, 5, 2],
    [3, 3, 65, 64, 7],
    [3, 3, 2, 0, 1],
  ] as const) {
    const [past, rows] = [withHoles([entries, room, 7], r), withHoles([batch, m, 7], r)];
    cases.push({
      name: `appendRows ${count} of ${entries}×${room}, ${batch}×${m}`,
      tolerance: 0,
      body: (ops, up) => [ops.appendRows(up(past), count, up(rows), 'k')],
    });
  }
  const parts = [1, 7, 65].map((n) => withHoles([3, 7, n], r));
  cases.push({
    name: 'join',
    tolerance: 0,
    body: (ops, up) => [ops.join(parts.map(up), 'qkv'), ops.join([up(parts[1] as (typeof parts)[number])])],
  });
  return cases;
}

/** Attention of several continuations, each with keys and values of its own, with more room than they fill. */
export function continuedCases(): OpCase[] {
  const r = randoms(35);
  const cases: OpCase[] = [];
  for (const [past, pos, room] of [
    [1, 1, 2],
    [5, 7, 20],
    [60, 5, 65],
    [0, 7, 9],
  ] as const) {
    for (const [heads, dHead] of HEADS) {
      const width = heads * dHead;
      const q = f32([3, pos, width], r);
      const [k, v] = [f32([3, room, width], r), f32([3, room, width], r)];
      cases.push({
        name: `attention of 3×${pos} after ${past} with room for ${room}, ${heads}×${dHead}`,
        tolerance: SUM,
        body: (ops, up) => [ops.attention(up(q), up(k), up(v), heads, past)],
      });
    }
  }
  return cases;
}
