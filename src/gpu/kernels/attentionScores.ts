/** q·kᵀ with a divisor and the causal mask: a 4 × 4 register tile per invocation. */

import wgsl from '../../../shaders/attentionScores.wgsl?raw';
import { type Dispatch, f32Bits, flatDispatch, flatKernel } from '../kernel.ts';

export const attentionScoresKernel = flatKernel('attentionScores', wgsl, ['read', 'read', 'write']);

/** What the products are divided by, and what keys after their query get: what a softmax reads, or plain products and 0. */
export type ScoresKind = 'scores' | 'products';

/** Tensors: q, k [batch, pos, heads·dHead], scores [batch, heads, pos, pos]. */
export function attentionScores(
  batch: number,
  heads: number,
  pos: number,
  dHead: number,
  kind: ScoresKind = 'scores',
): Dispatch {
  const invocations = batch * heads * Math.ceil(pos / 4) ** 2;
  const [divisor, masked] = kind === 'scores' ? [Math.sqrt(dHead), -Infinity] : [1, 0];
  const uniforms = [batch, heads, pos, dHead, f32Bits(divisor), f32Bits(masked)];
  return flatDispatch(attentionScoresKernel, invocations, uniforms, (16 * invocations * dHead) / 2);
}
