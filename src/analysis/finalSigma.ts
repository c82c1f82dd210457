/** σ of the final residual, which a model with LN divides by and one without would divide by. */

import { blockHook } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ArmRun } from './armRun.ts';

/** GPT-2's own, for the σ that a model without LN would have. */
export const GPT2_EPS = 1e-5;

/** √(var + eps) at every position, [1, pos, 1]: the recorded scale, or without LN what it would be with GPT-2's eps. */
export function finalSigma({ model, cache }: ArmRun, ops: Ops): Tensor {
  const { nLayers, norm } = model.config;
  if (norm.kind === 'layer') return cache.get('ln_final.hook_scale');
  const resid = cache.get(blockHook(nLayers - 1, 'hook_resid_post'));
  return wouldBeSigma(model, ops, resid);
}

/** √(var + GPT-2's eps) of every row of a residual stream. */
export function wouldBeSigma({ params }: ArmRun['model'], ops: Ops, resid: Tensor): Tensor {
  return ops.norm(resid, params.lnFinal, { kind: 'layer', eps: GPT2_EPS }).scale;
}
