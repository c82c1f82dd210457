/** What both backends check of logits that updates are added to. */

import { assert } from '../base/assert.ts';
import { formatShape, lastAxis, rows, size } from '../base/shapes.ts';
import type { ScaledLogits } from './ops.ts';

export interface ScaledShape {
  readonly rows: number;
  readonly n: number;
  readonly directions: number;
  readonly updates: number;
  /** The first update that is a sum. */
  readonly summed: number;
}

/** Asserts that the operands of `scaledLogitStats` belong together. */
export function scaledShape(
  { x, start, b, m, beta, alpha, ids, each, prefixes }: ScaledLogits,
  label: string,
): ScaledShape {
  const [count, n, directions] = [size(ids.shape), lastAxis(x.shape), lastAxis(beta.shape)];
  const summed = each ? directions : 0;
  const updates = summed + (prefixes ? directions : 1);
  assert(
    size(beta.shape) === count * directions && size(alpha.shape) === count * updates,
    `${label}: α ${formatShape(alpha.shape)}, β ${formatShape(beta.shape)} for ${count} rows, ${updates} updates`,
  );
  assert(
    start >= 0 && start + count <= rows(x.shape),
    `${label}: ${count} rows from ${start} on of logits ${formatShape(x.shape)}`,
  );
  assert(!b || size(b.shape) === n, `${label}: bias ${formatShape(b?.shape ?? [])} is not [${n}]`);
  assert(
    rows(m.shape) === directions && lastAxis(m.shape) === n,
    `${label}: directions ${formatShape(m.shape)}, not [${directions}, ${n}]`,
  );
  return { rows: count, n, directions, updates, summed };
}
