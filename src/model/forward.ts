/** GPT-2's forward pass, written once over Ops, with every activation named as in TransformerLens. */

import { size } from '../base/shapes.ts';
import type { KeyValues, Normed, Ops } from '../tensor/ops.ts';
import type { BlockParams, DeviceParams, ModelConfig, NormKind, NormParams } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type EditPlan, pathsDiffer, UNEDITED } from './edits.ts';
import { blockHook, type HookName } from './hooks.ts';

/** Sees every activation that is made, with a batch axis in front; may keep it. */
export type Observe = (name: HookName, activation: Tensor) => void;

export interface ForwardOptions {
  /** Whether anyone wants this hook: what nobody wants may never be made. */
  wants(name: HookName): boolean;
  observe: Observe;
  /** Default none. */
  edits?: EditPlan;
  /** One prompt's earlier positions: this run goes on after them, and adds its own keys and values. */
  after?: Continuation;
}

/** The keys and values of positions 0 … past − 1, and room for more: one entry per layer. */
export interface Continuation {
  readonly past: number;
  readonly keyValues: readonly KeyValues[];
}

/** What a step of the pass works with. */
interface Pass extends ForwardOptions {
  readonly ops: Ops;
  readonly edits: EditPlan;
  readonly config: ModelConfig;
  /** `observe`, as an expression. */
  see(name: HookName, x: Tensor): Tensor;
  /** The name as a label where the hook is wanted, else null: make it only for them. */
  ifWanted(name: HookName): string | null;
}

/**
 * Runs the model on ids u32 [batch, pos], one op per step, so that the steps of several runs can be recorded in turn.
 * The norm is LayerNorm or, on an LN-free arm, centring and affine only, as `config.norm` says. Everything beyond the
 * last residual stream is made only where its hook is wanted.
 */
export function* forward(
  ops: Ops,
  config: ModelConfig,
  params: DeviceParams,
  ids: Tensor,
  options: ForwardOptions,
): Generator<void, void> {
  const { wants, observe, edits = UNEDITED } = options;
  const pass: Pass = {
    ...options,
    ops,
    edits,
    config,
    see: (name, x) => {
      observe(name, x);
      return x;
    },
    ifWanted: (name) => (wants(name) ? name : null),
  };

  let resid = yield* scoped(ops, embed(pass, params, ids));
  for (const [layer, block] of params.blocks.entries()) {
    resid = yield* scoped(ops, forwardBlock(pass, block, layer, resid));
    ops.border();
  }
  yield* scoped(ops, readOut(pass, params, resid));
}

/** `ops.tidy` around steps: what they made is released, except what they return. */
function* scoped<R extends Tensor | null>(ops: Ops, steps: Generator<void, R>): Generator<void, R> {
  const scope = ops.scope();
  const result = yield* steps;
  scope.end(result ? [result] : []);
  return result;
}

/** → blocks.0.hook_resid_pre [batch, pos, d_model]. */
function* embed(pass: Pass, { W_E, W_pos }: DeviceParams, ids: Tensor): Generator<void, Tensor> {
  const { ops, wants, see, after } = pass;
  const [batch = 1, pos = 0] = ids.shape;
  if (wants('hook_embed') || wants('hook_pos_embed')) {
    const embedded = see('hook_embed', ops.embed(W_E, ids, 'hook_embed'));
    yield;
    const positions = see('hook_pos_embed', ops.posEmbed(W_pos, batch, pos, 'hook_pos_embed'));
    yield;
    return ops.add(embedded, positions, blockHook(0, 'hook_resid_pre'));
  }
  const resid = ops.embedTokens(W_E, W_pos, ids, after?.past, blockHook(0, 'hook_resid_pre'));
  yield;
  return resid;
}

/** hook_resid_pre → hook_resid_post, both [batch, pos, d_model]. */
function* forwardBlock(
  pass: Pass,
  block: BlockParams<Tensor>,
  layer: number,
  residPre: Tensor,
): Generator<void, Tensor> {
  const { ops, see, ifWanted } = pass;
  const name = (hook: Parameters<typeof blockHook>[1]) => blockHook(layer, hook);
  see(name('hook_resid_pre'), residPre);

  const z = yield* attend(pass, block, layer, residPre); // [batch, pos, head·d_head]
  const attn = ops.linearAdd(residPre, z, block.W_O, block.b_O, {
    out: ifWanted(name('hook_attn_out')),
    sum: name('hook_resid_mid'),
  });
  yield;
  if (attn.out) see(name('hook_attn_out'), attn.out);
  const residMid = see(name('hook_resid_mid'), attn.sum);

  const y = yield* normed(pass, residMid, block.ln2, `blocks.${layer}.ln2`);
  const { pre, post } = ops.linearGelu(y, block.W_in, block.b_in, {
    pre: ifWanted(name('mlp.hook_pre')),
    post: name('mlp.hook_post'),
  }); // [batch, pos, d_mlp]
  yield;
  if (pre) see(name('mlp.hook_pre'), pre);
  see(name('mlp.hook_post'), post);
  const mlp = ops.linearAdd(residMid, post, block.W_out, block.b_out, {
    out: ifWanted(name('hook_mlp_out')),
    sum: name('hook_resid_post'),
  });
  yield;
  if (mlp.out) see(name('hook_mlp_out'), mlp.out);
  return see(name('hook_resid_post'), mlp.sum);
}

/** The norm's result where somebody wants its hooks, else what is to be normed: then its reader may do it on the way. */
function* normed(
  pass: Pass,
  x: Tensor,
  params: NormParams<Tensor>,
  label: string,
): Generator<void, Tensor | Normed> {
  if (pass.wants(`${label}.hook_normalized`)) return yield* norm(pass, x, params, label);
  if (pass.wants(`${label}.hook_scale`) && !pass.edits.norms.has(label))
    return yield* norm(pass, x, params, label);
  const scaled = yield* scaling(pass, x, params, label);
  return { x, params: scaled.params, kind: scaled.kind };
}

/** The norm's result, its hooks seen. */
function* norm(pass: Pass, x: Tensor, params: NormParams<Tensor>, label: string): Generator<void, Tensor> {
  const { ops, see } = pass;
  const scaled = yield* scaling(pass, x, params, label);
  const { normalized, scale } = ops.norm(x, scaled.params, scaled.kind, label);
  yield;
  if (!scaled.frozen) see(`${label}.hook_scale`, scale); // [batch, pos, 1]
  return see(`${label}.hook_normalized`, normalized);
}

interface Scaled {
  readonly params: NormParams<Tensor>;
  readonly kind: NormKind;
  readonly frozen: boolean;
}

/** The norm as the model has it; where an edit fixed its scale σ, the LN-free norm with the gain w/σ, and σ is seen. */
function* scaling(
  { ops, config, wants, see, edits }: Pass,
  x: Tensor,
  params: NormParams<Tensor>,
  label: string,
): Generator<void, Scaled> {
  const value = edits.norms.get(label);
  if (value === undefined) return { params, kind: config.norm, frozen: false };
  const name = `${label}.hook_scale`;
  const frozen = (gain: Tensor): Scaled => ({
    params: { w: gain, b: params.b },
    kind: { kind: 'linear' },
    frozen: true,
  });
  if (value === 'prompt') {
    const live = ops.norm(x, params, config.norm, label).scale;
    yield;
    const { gain, scale } = ops.freezeScale(params.w, live, label);
    yield;
    see(name, scale);
    return frozen(gain);
  }
  const d = config.dModel;
  const inverse = ops.upload({ dtype: 'f32', shape: [d], data: new Float32Array(d).fill(1 / value) }, '1/σ');
  const gain = ops.dotGroups(params.w, inverse, d, `${label} (gain/σ)`);
  yield;
  if (wants(name)) {
    const shape = [...x.shape.slice(0, -1), 1];
    const data = new Float32Array(size(shape)).fill(value);
    see(name, ops.upload({ dtype: 'f32', shape, data }, name));
  }
  return frozen(gain);
}

/** Attention up to z, the values mixed per head; its scores and patterns are stored only where they are wanted. */
function* attend(
  pass: Pass,
  block: BlockParams<Tensor>,
  layer: number,
  resid: Tensor,
): Generator<void, Tensor> {
  const { ops, config, wants, see, after } = pass;
  const { nHeads } = config;
  const name = (hook: Parameters<typeof blockHook>[1]) => blockHook(layer, hook);
  const keyValues = after?.keyValues[layer];
  if (after && keyValues) {
    const x = yield* normed(pass, resid, block.ln1, `blocks.${layer}.ln1`);
    const q = ops.qkvInto(keyValues, after.past, x, block.W_QKV, block.b_QKV, name('attn.hook_q'));
    yield;
    const z = ops.attention(q, keyValues.k, keyValues.v, nHeads, after.past, name('attn.hook_z'));
    yield;
    return see(name('attn.hook_z'), z);
  }

  const { q, k, v } = yield* queriesKeysValues(pass, block, layer, resid);
  see(name('attn.hook_q'), q);
  see(name('attn.hook_k'), k);
  see(name('attn.hook_v'), v);
  let z: Tensor;
  if (wants(name('attn.hook_attn_scores')) || wants(name('attn.hook_pattern'))) {
    const scores = ops.attentionScores(q, k, nHeads, name('attn.hook_attn_scores')); // [batch, head, query, key]
    yield;
    see(name('attn.hook_attn_scores'), scores);
    const pattern = see(name('attn.hook_pattern'), ops.softmax(scores, name('attn.hook_pattern')));
    yield;
    z = ops.mix(pattern, v, name('attn.hook_z'));
  } else {
    z = ops.attention(q, k, v, nHeads, 0, name('attn.hook_z'));
  }
  yield;
  see(name('attn.hook_z'), z);
  if (wants(name('attn.hook_result'))) {
    see(name('attn.hook_result'), ops.headResults(z, block.W_O, nHeads, name('attn.hook_result')));
    yield;
  }
  return z;
}

/** q, k, v [batch, pos, head·d_head] of the normed residual stream; of two norms where an edit set their paths apart. */
function* queriesKeysValues(
  pass: Pass,
  { ln1, W_QKV, b_QKV }: BlockParams<Tensor>,
  layer: number,
  resid: Tensor,
): Generator<void, { q: Tensor; k: Tensor; v: Tensor }> {
  const { ops, edits } = pass;
  const names = (['attn.hook_q', 'attn.hook_k', 'attn.hook_v'] as const).map((hook) =>
    blockHook(layer, hook),
  );
  const [q, k, v] = names as [HookName, HookName, HookName];
  if (!pathsDiffer(edits, layer)) {
    const thirds = ops.qkv(yield* normed(pass, resid, ln1, `blocks.${layer}.ln1`), W_QKV, b_QKV, [q, k, v]);
    yield;
    return thirds;
  }
  const d = resid.shape[2] as number;
  const forScores = yield* norm(pass, resid, ln1, `blocks.${layer}.ln1`);
  const forValues = yield* norm(pass, resid, ln1, `blocks.${layer}.ln1_v`);
  const thirds = {
    q: ops.linear(forScores, W_QKV, b_QKV, [0, d], q),
    k: ops.linear(forScores, W_QKV, b_QKV, [d, d], k),
    v: ops.linear(forValues, W_QKV, b_QKV, [2 * d, d], v),
  };
  yield;
  return thirds;
}

/** The final norm and the logits [batch, pos, d_vocab]. */
function* readOut(pass: Pass, params: DeviceParams, resid: Tensor): Generator<void, null> {
  const { ops, wants, see } = pass;
  const hooks = ['ln_final.hook_scale', 'ln_final.hook_normalized', 'logits'];
  if (!hooks.some(wants)) return null;
  const normalized = yield* norm(pass, resid, params.lnFinal, 'ln_final');
  if (!wants('logits')) return null;
  see('logits', ops.linearT(normalized, params.W_U, 'logits'));
  yield;
  return null;
}
