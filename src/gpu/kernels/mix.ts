/** Values mixed by the attention pattern. */

import wgsl from '../../../shaders/mix.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const mixKernel = flatKernel('mix', wgsl, ['read', 'read', 'write']);

/** Tensors: pattern [batch, heads, pos, pos], v and z [batch, pos, heads·dHead]. */
export function mix(batch: number, heads: number, pos: number, dHead: number): Dispatch {
  const values = batch * pos * heads * dHead;
  return flatDispatch(mixKernel, values, [batch, heads, pos, dHead], (values * pos) / 2);
}
