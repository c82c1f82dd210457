/** What both backends check of keys and values that outlive one pass. */

import { assert } from '../base/assert.ts';
import { formatShape, lastAxis, rows } from '../base/shapes.ts';
import type { KeyValues } from './ops.ts';
import type { Tensor } from './tensor.ts';

/** Asserts that rows past … past + pos − 1 are there for what has the shape of q, [1, pos, d]. */
export function checkRoom({ k, v }: KeyValues, past: number, q: Tensor, label: string): void {
  const [batch, pos = 0, d] = q.shape;
  const fits = (x: Tensor) => rows(x.shape) >= past + pos && lastAxis(x.shape) === d;
  assert(
    batch === 1 && fits(k) && fits(v),
    `${label}: ${formatShape(q.shape)} after ${past} rows of keys ${formatShape(k.shape)}, values ${formatShape(v.shape)}`,
  );
}

/** Asserts that k and v hold a key and a value for every position up to the last query; returns their rows per batch entry. */
export function checkKeys(q: Tensor, k: Tensor, v: Tensor, past: number, label: string): number {
  const [batch = 0, pos = 0, d = 0] = q.shape;
  const room = k.shape[1] ?? 0;
  const fits = (x: Tensor) => x.shape[0] === batch && x.shape[1] === room && x.shape[2] === d;
  assert(
    fits(k) && fits(v) && room >= past + pos,
    `${label}: q ${formatShape(q.shape)} after ${past}, k ${formatShape(k.shape)}, v ${formatShape(v.shape)}`,
  );
  return room;
}
