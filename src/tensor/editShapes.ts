/** Shapes that interventions and backward ops agree on, checked the same way by every backend. */

import { assert } from '../base/assert.ts';
import { formatShape, lastAxis, type Shape, sameShape } from '../base/shapes.ts';
import type { Box } from './ops.ts';
import type { Tensor } from './tensor.ts';

/** [batch, a, b, c] of a tensor that boxes apply to: [batch, pos, width] has one a. */
export function fourAxes(shape: Shape): readonly [batch: number, a: number, b: number, c: number] {
  const [batch = 0, ...rest] = shape;
  const [a = 1, b = 0, c = 0] = rest.length === 2 ? [1, ...rest] : rest;
  return [batch, a, b, c];
}

/** Asserts that boxes lie within a tensor, one for all of its batch entries or one each; a batch of 1 fits any number. */
function checkBoxes(x: Tensor, boxes: readonly Box[], label: string): void {
  assert(x.shape.length === 3 || x.shape.length === 4, `${label}: boxes in ${formatShape(x.shape)}`);
  const [batch, a, b, c] = fourAxes(x.shape);
  assert(
    boxes.length === 1 || batch === 1 || boxes.length === batch,
    `${label}: ${boxes.length} boxes for a batch of ${batch}`,
  );
  for (const [aFrom, aTo, bFrom, bTo, cFrom, cTo] of boxes) {
    const inside = (from: number, to: number, n: number) => 0 <= from && from <= to && to <= n;
    assert(
      inside(aFrom, aTo, a) && inside(bFrom, bTo, b) && inside(cFrom, cTo, c),
      `${label}: a box ${[aFrom, aTo, bFrom, bTo, cFrom, cTo]} in ${formatShape(x.shape)}`,
    );
  }
}

/** The shape of `blend`'s result: x's, with the batch of whichever has more than one entry. */
export function blendedShape(
  x: Tensor,
  boxes: readonly Box[],
  y: Tensor | null,
  causal: boolean,
  label: string,
): Shape {
  checkBoxes(x, boxes, label);
  assert(!causal || x.shape.length === 4, `${label}: causal of ${formatShape(x.shape)}`);
  const [own, ...axes] = x.shape;
  const batch = Math.max(own ?? 1, boxes.length, y?.shape[0] ?? 1);
  const serves = (n: number | undefined, of: number) => n === 1 || n === of;
  assert(
    [own, boxes.length, y?.shape[0] ?? 1].every((n) => serves(n, batch)) &&
      (y === null || (y.shape.length === x.shape.length && axes.every((n, i) => serves(y.shape[i + 1], n)))),
    `${label}: ${formatShape(x.shape)} with ${y ? formatShape(y.shape) : 'nothing'} in ${boxes.length} boxes`,
  );
  return [batch, ...axes];
}

/** Asserts a's shape to be b's. */
export function checkLike(a: Tensor, b: Tensor, label: string): void {
  assert(sameShape(a.shape, b.shape), `${label}: ${formatShape(a.shape)} for ${formatShape(b.shape)}`);
}

export interface HeadsShape {
  readonly batch: number;
  readonly heads: number;
  readonly pos: number;
  readonly dHead: number;
}

/** The sizes of what `mix` and `attentionScores` join: two tensors [batch, pos, head·d_head] and one number per head, query and key. */
export function checkMix(x: Tensor, pattern: Tensor, y: Tensor, label: string): HeadsShape {
  const [batch = 0, pos = 0, d = 0] = x.shape;
  const heads = pattern.shape[1] ?? 0;
  assert(
    x.shape.length === 3 &&
      sameShape(x.shape, y.shape) &&
      sameShape(pattern.shape, [batch, heads, pos, pos]) &&
      d % heads === 0,
    `${label}: ${formatShape(x.shape)}, ${formatShape(pattern.shape)}, ${formatShape(y.shape)}`,
  );
  return { batch, heads, pos, dHead: d / heads };
}

/** The sizes of `appendRows`. */
export function appendedShape(
  past: Tensor,
  count: number,
  rows: Tensor,
  label: string,
): { batch: number; m: number; d: number } {
  const [batch = 0, m = 0, d = 0] = rows.shape;
  const [entries = 0, room = 0, width = 0] = past.shape;
  assert(
    past.shape.length === 3 &&
      rows.shape.length === 3 &&
      (entries === 1 || entries === batch) &&
      count <= room &&
      width === d,
    `${label}: ${count} rows of ${formatShape(past.shape)}, then ${formatShape(rows.shape)}`,
  );
  return { batch, m, d };
}

/** The shape of `join`'s result. */
export function joinedShape(parts: readonly Tensor[], label: string): Shape {
  const leading = parts[0]?.shape.slice(0, -1) ?? [];
  assert(
    parts.length > 0 && parts.every(({ shape }) => sameShape(shape.slice(0, -1), leading)),
    `${label}: ${parts.map(({ shape }) => formatShape(shape)).join(' beside ')}`,
  );
  return [...leading, parts.reduce((sum, { shape }) => sum + lastAxis(shape), 0)];
}
