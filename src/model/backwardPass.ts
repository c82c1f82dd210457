/** GPT-2's backward pass, written once over Ops: the derivative of one number by every activation of a run. */

import type { Ops } from '../tensor/ops.ts';
import type { BlockParams, DeviceParams } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ATTENTION, attentionEdited, normBack, type Pass } from './backwardParts.ts';
import { readOutBack } from './backwardReadOut.ts';
import { pathsDiffer } from './editPlan.ts';
import { blockHook } from './hooks.ts';
import type { Metric } from './metric.ts';

/**
 * Goes back from a metric through every layer that somebody wants, showing each gradient on the way. Returns the metric,
 * one number per batch entry. `reference` [1, d_model]: `readMetric`'s.
 */
export function backward(pass: Pass, params: DeviceParams, metric: Metric, reference: Tensor | null): Tensor {
  const { ops, config, lowest, wants, see } = pass;
  const out = ops.tidy(() => readOutBack(pass, params, metric, reference));
  let dResid = out[1];
  for (let layer = config.nLayers - 1; layer >= lowest; layer--) {
    const block = params.blocks[layer] as BlockParams<Tensor>;
    const above = dResid;
    dResid = ops.tidy(() => blockBack(pass, block, layer, above));
    ops.border();
  }
  // The stream begins as their sum, so both have its gradient.
  for (const hook of ['hook_embed', 'hook_pos_embed']) if (wants(hook)) see(hook, dResid);
  return out[0];
}

/** The gradient by hook_resid_post → that by hook_resid_pre, both [batch, pos, d_model]. */
function blockBack(pass: Pass, block: BlockParams<Tensor>, layer: number, dResidPost: Tensor): Tensor {
  const { ops, cache, see } = pass;
  const name = (hook: Parameters<typeof blockHook>[1]) => blockHook(layer, hook);
  const dSum = see(name('hook_resid_post'), dResidPost);

  const dMlpOut = see(name('hook_mlp_out'), dSum);
  const dPost = see(name('mlp.hook_post'), ops.linearT(dMlpOut, block.W_out, name('mlp.hook_post'))); // [batch, pos, d_mlp]
  const dPre = see(name('mlp.hook_pre'), ops.geluBack(dPost, cache.get(name('mlp.hook_pre'))));
  const dY = ops.linearT(dPre, block.W_in, `blocks.${layer}.ln2`);
  const dMlp = normBack(pass, dY, cache.get(name('hook_resid_mid')), block.ln2, `blocks.${layer}.ln2`);
  const dResidMid = see(name('hook_resid_mid'), ops.add(dSum, dMlp, name('hook_resid_mid')));

  const dAttn = attendBack(pass, block, layer, see(name('hook_attn_out'), dResidMid));
  return see(name('hook_resid_pre'), ops.add(dResidMid, dAttn, name('hook_resid_pre')));
}

/** The gradient by hook_attn_out → that by hook_resid_pre as attention reads it. */
function attendBack(pass: Pass, block: BlockParams<Tensor>, layer: number, dAttnOut: Tensor): Tensor {
  const { ops, cache, wants, see } = pass;
  const name = (hook: Parameters<typeof blockHook>[1]) => blockHook(layer, hook);
  const [q, k, v] = (['attn.hook_q', 'attn.hook_k', 'attn.hook_v'] as const).map((hook) =>
    cache.get(name(hook)),
  ) as [Tensor, Tensor, Tensor];
  if (wants(name('attn.hook_result'))) see(name('attn.hook_result'), forEveryHead(pass, dAttnOut));

  const dz = see(name('attn.hook_z'), ops.linearT(dAttnOut, block.W_O, name('attn.hook_z'))); // [batch, pos, head·d_head]
  const { softmax, pattern } = patterns(pass, layer, q, k);
  const mixed = ops.mixBack(dz, pattern, v, name('attn.hook_z'));
  const dPattern = see(name('attn.hook_pattern'), mixed.pattern, softmax);
  const dScores = see(name('attn.hook_attn_scores'), ops.softmaxBack(dPattern, softmax));
  const scored = ops.scoresBack(dScores, q, k, name('attn.hook_attn_scores'));
  return queriesKeysValuesBack(pass, block, layer, {
    dq: see(name('attn.hook_q'), scored.q),
    dk: see(name('attn.hook_k'), scored.k),
    dv: see(name('attn.hook_v'), mixed.v),
  });
}

/** What the softmax gave and what mixed the values, the same but for edits: [batch, head, query, key]. */
function patterns(
  { ops, config, cache, edits }: Pass,
  layer: number,
  q: Tensor,
  k: Tensor,
): { softmax: Tensor; pattern: Tensor } {
  if (!attentionEdited(edits, layer)) {
    const pattern = ops.softmax(ops.attentionScores(q, k, config.nHeads));
    return { softmax: pattern, pattern };
  }
  const [scores, pattern] = ATTENTION.map((hook) => cache.get(blockHook(layer, hook))) as [Tensor, Tensor];
  return { softmax: ops.softmax(scores), pattern };
}

/** Gradients by q, k, v [batch, pos, head·d_head] → that by the residual stream which they read through one norm, or two. */
function queriesKeysValuesBack(
  pass: Pass,
  { ln1, W_QKV }: BlockParams<Tensor>,
  layer: number,
  { dq, dk, dv }: { dq: Tensor; dk: Tensor; dv: Tensor },
): Tensor {
  const { ops, cache, edits } = pass;
  const resid = cache.get(blockHook(layer, 'hook_resid_pre'));
  const back = (parts: readonly Tensor[], label: string) =>
    normBack(pass, ops.linearT(ops.join(parts), W_QKV, label), resid, ln1, label);
  if (!pathsDiffer(edits, layer)) return back([dq, dk, dv], `blocks.${layer}.ln1`);
  const none = zeros(ops, dq);
  return ops.add(
    back([dq, dk, none], `blocks.${layer}.ln1`),
    back([none, none, dv], `blocks.${layer}.ln1_v`),
  );
}

/** What every head writes is added up, so each has the sum's gradient: [batch, pos, d_model] → [batch, pos, head, d_model]. */
function forEveryHead({ ops, config: { nHeads }, cache: { batch, pos } }: Pass, dSum: Tensor): Tensor {
  const data = Uint32Array.from({ length: batch * pos * nHeads }, (_, i) => Math.floor(i / nHeads));
  return ops.embed(dSum, ops.upload({ dtype: 'u32', shape: [batch, pos, nHeads], data }, 'rows'));
}

function zeros(ops: Ops, like: Tensor): Tensor {
  const [, pos, width] = like.shape as [number, number, number];
  return ops.blend(like, [[0, 1, 0, pos, 0, width]], 0, null, {}, '0');
}
