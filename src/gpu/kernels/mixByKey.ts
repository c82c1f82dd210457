/** What a pattern's keys gather from its queries: four keys per invocation. */

import wgsl from '../../../shaders/mixByKey.wgsl?raw';
import { type Dispatch, f32Bits, flatDispatch, flatKernel } from '../kernel.ts';

const mixByKeyKernel = flatKernel('mixByKey', wgsl, ['read', 'read', 'write']);

/** Tensors: weights [batch, heads, pos, pos], x and y [batch, pos, heads·dHead]. */
export function mixByKey(batch: number, heads: number, pos: number, dHead: number, factor: number): Dispatch {
  const invocations = batch * Math.ceil(pos / 4) * heads * dHead;
  const uniforms = [batch, heads, pos, dHead, f32Bits(factor)];
  return flatDispatch(mixByKeyKernel, invocations, uniforms, (4 * invocations * pos) / 2);
}
