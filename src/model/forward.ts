/** GPT-2's forward pass, written once over Ops, with every activation named as in TransformerLens. */

import type { Ops } from '../tensor/ops.ts';
import type { BlockParams, DeviceParams, ModelConfig } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { blockHook, type HookName } from './hooks.ts';

/** Sees every activation as it is made, with a batch axis in front; may keep it. */
export type Observe = (name: HookName, activation: Tensor) => void;

export interface ForwardOptions {
  /** Whether anyone wants this hook: opt-in activations are computed only then. */
  wants(name: HookName): boolean;
  observe: Observe;
}

/**
 * Runs the model: ids u32 [batch, pos] → logits [batch, pos, d_vocab].
 * The norm is LayerNorm or, on an LN-free arm, centring and affine only, as `config.norm` says.
 */
export function forward(
  ops: Ops,
  config: ModelConfig,
  params: DeviceParams,
  ids: Tensor,
  options: ForwardOptions,
): Tensor {
  const [batch = 1, pos = 0] = ids.shape;
  const see = (name: HookName, x: Tensor): Tensor => {
    options.observe(name, x);
    return x;
  };

  let resid = ops.tidy(() => {
    const embed = see('hook_embed', ops.embed(params.W_E, ids, 'hook_embed')); // [batch, pos, d_model]
    const posEmbed = see('hook_pos_embed', ops.posEmbed(params.W_pos, batch, pos, 'hook_pos_embed'));
    return ops.add(embed, posEmbed, blockHook(0, 'hook_resid_pre'));
  });
  params.blocks.forEach((block, layer) => {
    resid = ops.tidy(() => forwardBlock(ops, config, block, layer, resid, see, options.wants));
    ops.border();
  });
  return ops.tidy(() => {
    const final = ops.norm(resid, params.lnFinal, config.norm, 'ln_final');
    see('ln_final.hook_scale', final.scale); // [batch, pos, 1]
    see('ln_final.hook_normalized', final.normalized);
    return see('logits', ops.linearT(final.normalized, params.W_U, 'logits')); // [batch, pos, d_vocab]
  });
}

function forwardBlock(
  ops: Ops,
  config: ModelConfig,
  block: BlockParams<Tensor>,
  layer: number,
  residPre: Tensor,
  see: (name: HookName, x: Tensor) => Tensor,
  wants: (name: HookName) => boolean,
): Tensor {
  const { nHeads, dModel: d } = config;
  const name = (hook: Parameters<typeof blockHook>[1]) => blockHook(layer, hook);
  see(name('hook_resid_pre'), residPre);

  const ln1 = ops.norm(residPre, block.ln1, config.norm, `blocks.${layer}.ln1`);
  see(name('ln1.hook_scale'), ln1.scale);
  const x = see(name('ln1.hook_normalized'), ln1.normalized); // [batch, pos, d_model]

  const q = see(name('attn.hook_q'), ops.linear(x, block.W_QKV, block.b_QKV, [0, d], name('attn.hook_q')));
  const k = see(name('attn.hook_k'), ops.linear(x, block.W_QKV, block.b_QKV, [d, d], name('attn.hook_k')));
  const v = see(
    name('attn.hook_v'),
    ops.linear(x, block.W_QKV, block.b_QKV, [2 * d, d], name('attn.hook_v')),
  );
  const scores = ops.attentionScores(q, k, nHeads, name('attn.hook_attn_scores')); // [batch, head, query, key]
  see(name('attn.hook_attn_scores'), scores);
  const pattern = see(name('attn.hook_pattern'), ops.softmax(scores, name('attn.hook_pattern')));
  const z = see(name('attn.hook_z'), ops.mix(pattern, v, name('attn.hook_z'))); // [batch, pos, head·d_head]
  if (wants(name('attn.hook_result'))) {
    see(name('attn.hook_result'), ops.headResults(z, block.W_O, nHeads, name('attn.hook_result')));
  }
  const attnOut = see(
    name('hook_attn_out'),
    ops.linear(z, block.W_O, block.b_O, undefined, name('hook_attn_out')),
  );
  const residMid = see(name('hook_resid_mid'), ops.add(residPre, attnOut, name('hook_resid_mid')));

  const ln2 = ops.norm(residMid, block.ln2, config.norm, `blocks.${layer}.ln2`);
  see(name('ln2.hook_scale'), ln2.scale);
  see(name('ln2.hook_normalized'), ln2.normalized);

  const pre = see(
    name('mlp.hook_pre'),
    ops.linear(ln2.normalized, block.W_in, block.b_in, undefined, name('mlp.hook_pre')),
  );
  const post = see(name('mlp.hook_post'), ops.gelu(pre, name('mlp.hook_post'))); // [batch, pos, d_mlp]
  const mlpOut = see(
    name('hook_mlp_out'),
    ops.linear(post, block.W_out, block.b_out, undefined, name('hook_mlp_out')),
  );
  return see(name('hook_resid_post'), ops.add(residMid, mlpOut, name('hook_resid_post')));
}
