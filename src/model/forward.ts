/** GPT-2's forward pass, written once over Ops, with every activation named as in TransformerLens. */

import { size } from '../base/shapes.ts';
import type { KeyValues, Normed, Ops } from '../tensor/ops.ts';
import type { BlockParams, DeviceParams, ModelConfig, NormKind, NormParams } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { applyEdits, type FromSource, minus } from './applyEdits.ts';
import { type EditPlan, pathsDiffer, UNEDITED } from './editPlan.ts';
import { blockHook, editHook, type HookName } from './hooks.ts';

/** Sees every activation that is made, with a batch axis in front; may keep it. */
export type Observe = (name: HookName, activation: Tensor) => void;

export interface ForwardOptions {
  /** Whether anyone wants this hook: what nobody wants may never be made. */
  wants(name: HookName): boolean;
  observe: Observe;
  /** Default none. */
  edits?: EditPlan;
  /** Where edits that copy from another run find its activations. */
  from?: FromSource;
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
  /** What the hook's activation is from here on: x, or what the edits make of it, which is observed. */
  see(name: HookName, x: Tensor): Tensor;
  /** Whether edits change this hook, so that it must be made by itself. */
  edited(name: HookName): boolean;
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
  const { wants, edits = UNEDITED } = options;
  const pass: Pass = {
    ...options,
    ops,
    edits,
    config,
    see: (name, x) => seen(ops, options, name, x),
    edited: (name) => edits.steps.has(name),
    ifWanted: (name) => (wants(name) ? name : null),
  };

  let resid = yield* scoped(ops, embed(pass, params, ids));
  for (const [layer, block] of params.blocks.entries()) {
    resid = yield* scoped(ops, forwardBlock(pass, block, layer, resid));
    ops.border();
  }
  yield* scoped(ops, readOut(pass, params, resid));
}

/** x after the hook's edits, observed; where somebody wants it, also what they added. */
function seen(
  ops: Ops,
  { wants, observe, edits = UNEDITED, from = noSource }: ForwardOptions,
  name: HookName,
  x: Tensor,
): Tensor {
  const steps = edits.steps.get(name);
  const after = steps ? applyEdits(ops, x, steps, from) : x;
  if (steps && wants(editHook(name))) observe(editHook(name), minus(ops, after, x, editHook(name)));
  observe(name, after);
  return after;
}

function noSource(): never {
  throw new Error('an edit that copies from a run, and no run');
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
  const { see } = pass;
  const name = (hook: Parameters<typeof blockHook>[1]) => blockHook(layer, hook);
  const x = see(name('hook_resid_pre'), residPre);

  const z = yield* attend(pass, block, layer, x); // [batch, pos, head·d_head]
  const residMid = yield* write(pass, x, z, { W: block.W_O, b: block.b_O }, [
    name('hook_attn_out'),
    name('hook_resid_mid'),
  ]);

  const post = yield* neurons(pass, block, layer, residMid); // [batch, pos, d_mlp]
  return yield* write(pass, residMid, post, { W: block.W_out, b: block.b_out }, [
    name('hook_mlp_out'),
    name('hook_resid_post'),
  ]);
}

/** residual + (x·W + b), both hooks seen; in one kernel unless what is added is edited. */
function* write(
  { ops, see, ifWanted, edited }: Pass,
  residual: Tensor,
  x: Tensor,
  { W, b }: { W: Tensor; b: Tensor },
  [out, sum]: [out: HookName, sum: HookName],
): Generator<void, Tensor> {
  if (edited(out)) {
    const added = see(out, ops.linear(x, W, b, undefined, out));
    yield;
    return see(sum, ops.add(residual, added, sum));
  }
  const written = ops.linearAdd(residual, x, W, b, { out: ifWanted(out), sum });
  yield;
  if (written.out) see(out, written.out);
  return see(sum, written.sum);
}

/** The neurons' activations, mlp.hook_post; in one kernel with what is before the gelu unless that is edited. */
function* neurons(
  pass: Pass,
  { ln2, W_in, b_in }: BlockParams<Tensor>,
  layer: number,
  residMid: Tensor,
): Generator<void, Tensor> {
  const { ops, see, ifWanted, edited } = pass;
  const [hookPre, hookPost] = [blockHook(layer, 'mlp.hook_pre'), blockHook(layer, 'mlp.hook_post')];
  if (edited(hookPre)) {
    const y = yield* norm(pass, residMid, ln2, `blocks.${layer}.ln2`);
    const live = see(hookPre, ops.linear(y, W_in, b_in, undefined, hookPre));
    yield;
    return see(hookPost, ops.gelu(live, hookPost));
  }
  const y = yield* normed(pass, residMid, ln2, `blocks.${layer}.ln2`);
  const { pre, post } = ops.linearGelu(y, W_in, b_in, { pre: ifWanted(hookPre), post: hookPost });
  yield;
  if (pre) see(hookPre, pre);
  return see(hookPost, post);
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

  const thirds = yield* queriesKeysValues(pass, block, layer, resid);
  const q = see(name('attn.hook_q'), thirds.q);
  const k = see(name('attn.hook_k'), thirds.k);
  const v = see(name('attn.hook_v'), thirds.v);
  const z = see(name('attn.hook_z'), yield* mixed(pass, layer, q, k, v));
  if (wants(name('attn.hook_result'))) {
    see(name('attn.hook_result'), ops.headResults(z, block.W_O, nHeads, name('attn.hook_result')));
    yield;
  }
  return z;
}

/** z, the values mixed by the attention pattern, which is stored only where it is wanted or edited. */
function* mixed(
  { ops, config, wants, see, edited }: Pass,
  layer: number,
  q: Tensor,
  k: Tensor,
  v: Tensor,
): Generator<void, Tensor> {
  const { nHeads } = config;
  const hooks = ['attn.hook_attn_scores', 'attn.hook_pattern', 'attn.hook_z'] as const;
  const [hookScores, hookPattern, hookZ] = hooks.map((hook) => blockHook(layer, hook)) as [
    HookName,
    HookName,
    HookName,
  ];
  if (![hookScores, hookPattern].some((hook) => wants(hook) || edited(hook))) {
    const z = ops.attention(q, k, v, nHeads, 0, hookZ);
    yield;
    return z;
  }
  const scores = see(hookScores, ops.attentionScores(q, k, nHeads, hookScores)); // [batch, head, query, key]
  yield;
  const pattern = see(hookPattern, ops.softmax(scores, hookPattern));
  yield;
  const z = ops.mix(pattern, v, hookZ);
  yield;
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
