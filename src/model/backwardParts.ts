/** What every step of the backward pass works with, and the norm, which most of them go through. */

import type { Ops } from '../tensor/ops.ts';
import type { ModelConfig, NormKind, NormParams } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ActivationCache } from './cache.ts';
import { type EditPlan, pathsDiffer } from './editPlan.ts';
import { blockHook, type HookName } from './hooks.ts';

/** What a step of the pass works with. */
export interface Pass {
  readonly ops: Ops;
  readonly config: ModelConfig;
  readonly edits: EditPlan;
  /** The forward pass: `forwardHooks` of it. */
  readonly cache: ActivationCache;
  /** Below this layer nobody wants a gradient. */
  readonly lowest: number;
  wants(name: HookName): boolean;
  /**
   * Shows the gradient by the value that was seen at a hook, and returns that by what it was before its edits; `before` is
   * that value, where a knock-out may need it.
   */
  see(name: HookName, gradient: Tensor, before?: Tensor | null): Tensor;
}

const OF_BLOCK = [
  'hook_resid_pre',
  'attn.hook_q',
  'attn.hook_k',
  'attn.hook_v',
  'hook_resid_mid',
  'mlp.hook_pre',
] as const;

/** Computed anew where they are what q and k make them. */
export const ATTENTION = ['attn.hook_attn_scores', 'attn.hook_pattern'] as const;

/** Whether edits changed scores or pattern of a layer. */
export function attentionEdited({ steps }: EditPlan, layer: number): boolean {
  return ATTENTION.some((hook) => steps.has(blockHook(layer, hook)));
}

/** `ln1_v` has a scale of its own where its path differs. */
function frozenNorms(edits: EditPlan): string[] {
  return [...edits.norms.keys()].filter((norm) => {
    const layer = /^blocks\.(\d+)\.ln1_v$/.exec(norm)?.[1];
    return layer === undefined || pathsDiffer(edits, Number(layer));
  });
}

/** What a run must record for gradients down to a layer; nLayers for the final norm alone. */
export function forwardHooks({ nLayers }: ModelConfig, edits: EditPlan, lowest: number): HookName[] {
  const layers = Array.from({ length: nLayers - lowest }, (_, i) => lowest + i);
  return [
    ...layers.flatMap((layer) => {
      const hooks = attentionEdited(edits, layer) ? [...OF_BLOCK, ...ATTENTION] : OF_BLOCK;
      return hooks.map((hook) => blockHook(layer, hook));
    }),
    blockHook(nLayers - 1, 'hook_resid_post'),
    ...frozenNorms(edits).map((norm) => `${norm}.hook_scale`),
  ];
}

/** The gradient by a norm's output → that by its input; that by its scale is shown on the way, where it is live. */
export function normBack(pass: Pass, dY: Tensor, x: Tensor, own: NormParams<Tensor>, label: string): Tensor {
  const { params, kind } = normOf(pass, own, label);
  const dNormalized = pass.see(`${label}.hook_normalized`, dY);
  const { dx, dScale } = pass.ops.normBack(dNormalized, x, params, kind, label);
  if (kind.kind === 'layer') pass.see(`${label}.hook_scale`, dScale); // [batch, pos, 1]
  return dx;
}

/** The norm as the model has it; where an edit fixed its scale, the LN-free norm with the gain w/σ̄, σ̄ a constant. */
export function normOf(
  { ops, config, edits, cache }: Pass,
  own: NormParams<Tensor>,
  label: string,
): { params: NormParams<Tensor>; kind: NormKind } {
  if (!edits.norms.has(label)) return { params: own, kind: config.norm };
  const twice = ops.upload({ dtype: 'u32', shape: [1, 2], data: new Uint32Array(2) }, 'position 0');
  const scale = ops.embed(cache.get(`${label}.hook_scale`), twice, 'σ̄'); // [1, 2, 1], the same at every position
  const { gain } = ops.freezeScale(own.w, scale, label);
  return { params: { w: gain, b: own.b }, kind: { kind: 'linear' } };
}
