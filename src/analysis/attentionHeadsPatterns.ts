/** A layer's attention patterns, as the run recorded them or made again from its queries and keys. */

import { blockHook } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ArmRun } from './armRun.ts';

/**
 * softmax(q·kᵀ/√d_head) of one layer, [1, head, query, key]. Patterns of all layers would be large (layers·heads·T²), so
 * that a run need not record them.
 */
export function patternOf({ model, cache }: ArmRun, ops: Ops, layer: number): Tensor {
  const recorded = blockHook(layer, 'attn.hook_pattern');
  if (cache.has(recorded)) return cache.get(recorded);
  const [q, k] = [cache.get(blockHook(layer, 'attn.hook_q')), cache.get(blockHook(layer, 'attn.hook_k'))];
  return ops.softmax(ops.attentionScores(q, k, model.config.nHeads, `L${layer} scores`), recorded);
}
