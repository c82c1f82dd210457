/** The plain twins of the interventions: loops over a tensor's entries, each asking whether a box holds it. */

import type { Shape } from '../base/shapes.ts';
import { fourAxes } from './editShapes.ts';
import type { Box } from './ops.ts';

/** `Ops.blend` into out [shape]. */
export function blendInto(
  out: Float32Array,
  shape: Shape,
  x: Float32Array,
  boxes: readonly Box[],
  factor: number,
  y: { readonly shape: Shape; readonly data: Float32Array } | null,
  causal: boolean,
): void {
  const axes = fourAxes(shape);
  const yAxes = y && fourAxes(y.shape);
  for (let i = 0; i < out.length; i++) {
    const own = x[i % x.length] as number;
    const place = placeOf(axes, i);
    const [entry, , query, key] = place;
    const left = causal && key > query;
    if (left || !holds(boxes[entry % boxes.length] as Box, place)) {
      out[i] = own;
      continue;
    }
    const scaled = factor === 0 ? 0 : factor * own;
    out[i] = y && yAxes ? scaled + (y.data[indexOf(yAxes, place)] as number) : scaled;
  }
}

/** `Ops.renormalize` into out [batch, head, query, key]. */
export function renormalizeInto(
  out: Float32Array,
  shape: Shape,
  pattern: Float32Array,
  boxes: readonly Box[],
): void {
  const axes = fourAxes(shape);
  const keys = axes[3];
  for (let first = 0; first < out.length; first += pattern.length) out.set(pattern, first);
  for (let first = 0; first < out.length; first += keys) {
    const [entry, head, query] = placeOf(axes, first);
    const [aFrom, aTo, bFrom, bTo] = boxes[entry % boxes.length] as Box;
    if (head < aFrom || head >= aTo || query < bFrom || query >= bTo) continue;
    let total = 0;
    for (let key = 0; key <= query; key++) total += out[first + key] as number;
    const nothingLeft = Math.abs(total) < 1e-30;
    for (let key = 0; key <= query; key++)
      out[first + key] = nothingLeft ? 0 : (out[first + key] as number) / total;
  }
}

type Four = readonly [number, number, number, number];

function placeOf([, a, b, c]: Four, i: number): Four {
  return [Math.floor(i / (a * b * c)), Math.floor(i / (b * c)) % a, Math.floor(i / c) % b, i % c];
}

/** Where a place is read in a tensor whose axes may be 1. */
function indexOf(axes: Four, place: Four): number {
  return axes.reduce((index, n, i) => index * n + (n === 1 ? 0 : (place[i] as number)), 0);
}

function holds([aFrom, aTo, bFrom, bTo, cFrom, cTo]: Box, [, a, b, c]: Four): boolean {
  return aFrom <= a && a < aTo && bFrom <= b && b < bTo && cFrom <= c && c < cTo;
}
