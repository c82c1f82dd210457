/** Rows of an attention pattern divided by their sums. */

import wgsl from '../../../shaders/renormalize.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

const renormalizeKernel = flatKernel('renormalize', wgsl, ['read', 'read', 'write']);

export interface RenormalizeShape {
  readonly batch: number;
  readonly heads: number;
  readonly pos: number;
  readonly xBatch: number;
  readonly boxes: number;
}

/** Tensors: x [xBatch, heads, pos, pos], boxes [boxes, 6], y [batch, heads, pos, pos]. */
export function renormalize({ batch, heads, pos, xBatch, boxes }: RenormalizeShape): Dispatch {
  const rows = batch * heads * pos;
  return flatDispatch(renormalizeKernel, rows, [batch, heads, pos, xBatch, boxes], 2 * rows * pos);
}
