/** Values mixed by the attention pattern: four queries per invocation. */

import wgsl from '../../../shaders/mix.wgsl?raw';
import { type Dispatch, f32Bits, flatDispatch, flatKernel } from '../kernel.ts';

export const mixKernel = flatKernel('mix', wgsl, ['read', 'read', 'write']);

/** Tensors: pattern [batch, heads, pos, pos], v and z [batch, pos, heads·dHead]; z is `factor` times the sum. */
export function mix(batch: number, heads: number, pos: number, dHead: number, factor = 1): Dispatch {
  const invocations = batch * Math.ceil(pos / 4) * heads * dHead;
  const uniforms = [batch, heads, pos, dHead, f32Bits(factor)];
  return flatDispatch(mixKernel, invocations, uniforms, (4 * invocations * pos) / 2);
}
