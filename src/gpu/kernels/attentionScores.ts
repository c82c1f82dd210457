/** q·kᵀ/√d_head with the causal mask: a 4 × 4 register tile per invocation. */

import wgsl from '../../../shaders/attentionScores.wgsl?raw';
import { type Dispatch, f32Bits, flatDispatch, flatKernel } from '../kernel.ts';

export const attentionScoresKernel = flatKernel('attentionScores', wgsl, ['read', 'read', 'write']);

/** Tensors: q, k [batch, pos, heads·dHead], scores [batch, heads, pos, pos]. */
export function attentionScores(batch: number, heads: number, pos: number, dHead: number): Dispatch {
  const invocations = batch * heads * Math.ceil(pos / 4) ** 2;
  const uniforms = [batch, heads, pos, dHead, f32Bits(Math.sqrt(dHead))];
  return flatDispatch(attentionScoresKernel, invocations, uniforms, (16 * invocations * dHead) / 2);
}
