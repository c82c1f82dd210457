/** What both backends check of logits that updates are added to. */

import { assert } from '../base/assert.ts';
import { formatShape, lastAxis, rows, sameShape, size } from '../base/shapes.ts';
import type { Tensor } from './tensor.ts';

/** Asserts that the operands of `scaledLogitStats` belong together. */
export function scaledShape(
  x: Tensor,
  b: Tensor | null,
  m: Tensor | null,
  alpha: Tensor,
  beta: Tensor,
  label: string,
): { n: number; updates: number; directions: number; scalings: number } {
  const n = lastAxis(x.shape);
  const updates = lastAxis(alpha.shape);
  assert(
    sameShape(alpha.shape, beta.shape) && size(alpha.shape) === rows(x.shape) * updates,
    `${label}: α ${formatShape(alpha.shape)}, β ${formatShape(beta.shape)} for logits ${formatShape(x.shape)}`,
  );
  assert(!b || size(b.shape) === n, `${label}: bias ${formatShape(b?.shape ?? [])} is not [${n}]`);
  const directions = m ? rows(m.shape) : updates;
  assert(
    (!m || lastAxis(m.shape) === n) && updates % directions === 0,
    `${label}: directions ${formatShape(m?.shape ?? [])} for ${updates} updates of ${n} logits`,
  );
  return { n, updates, directions, scalings: updates / directions };
}
