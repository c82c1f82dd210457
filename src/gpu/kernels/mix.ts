/** Values mixed by the attention pattern: four queries per invocation. */

import wgsl from '../../../shaders/mix.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const mixKernel = flatKernel('mix', wgsl, ['read', 'read', 'write']);

/** Tensors: pattern [batch, heads, pos, pos], v and z [batch, pos, heads·dHead]. */
export function mix(batch: number, heads: number, pos: number, dHead: number): Dispatch {
  const invocations = batch * Math.ceil(pos / 4) * heads * dHead;
  return flatDispatch(mixKernel, invocations, [batch, heads, pos, dHead], (4 * invocations * pos) / 2);
}
