/** Interventions on a run, as plain data (DESIGN §2). */

import type { ModelConfig } from '../tensor/params.ts';

/** Where an edit applies; what is left out means all of it. Negative positions count from the end. */
export interface Place {
  /**
   * A hook that can be written: `blocks.{l}.` + hook_resid_pre, hook_resid_mid, hook_resid_post, hook_attn_out,
   * hook_mlp_out, attn.hook_q, hook_k, hook_v, hook_z, hook_attn_scores, hook_pattern, mlp.hook_pre or mlp.hook_post.
   * Short names: `L{l}.` for `blocks.{l}.`, without `attn.` and `hook_`, e.g. `L3.z`, `L3.mlp_pre`.
   */
  readonly site: string;
  /** Of attention scores and patterns the query. */
  readonly position?: number;
  /** Of q, k, v, z, scores and patterns. */
  readonly head?: number;
  /** Of mlp pre and post. */
  readonly neuron?: number;
  /** Of scores and patterns. */
  readonly query?: number;
  readonly key?: number;
}

/** Another prompt on the same arm, unedited and of the same length. */
export type EditSource =
  | { readonly tokens: readonly number[] }
  /** Only where there is a tokenizer: the engine makes it tokens. */
  | { readonly text: string; readonly prependBos?: boolean };

export interface Zero extends Place {
  readonly kind: 'zero';
}

/** x ← value, x + value or x · value; a list along the last axis of the place, e.g. d_model numbers, or d_head for one head. */
export interface ByValue extends Place {
  readonly kind: 'set' | 'add' | 'scale';
  readonly value: number | readonly number[];
}

/** x ← its mean. 'prompt' (default): over all positions, 0 included, of the live activation; else the numbers given. */
export interface Mean extends Place {
  readonly kind: 'mean';
  readonly of?: 'prompt' | readonly number[];
}

/** x ← what it is in another run: activation patching. */
export interface FromRun extends Place {
  readonly kind: 'from-run';
  readonly source: EditSource;
}

/** Site a pattern: the attention query → key is removed and the rest of the row divided by its sum; nothing left, nothing attended. */
export interface KnockOut extends Place {
  readonly kind: 'knock-out';
}

/** What reads the first norm of a block: queries and keys, or values. */
export type NormPath = 'qk' | 'v';

/** A norm divides by one number at every position, in place of its own σ. */
export interface FreezeNorm {
  readonly kind: 'freeze-norm';
  /**
   * A norm's hook_scale: `blocks.{l}.ln1.hook_scale`, `blocks.{l}.ln2.hook_scale` or `ln_final.hook_scale`. Short names:
   * without `.hook_scale`, and `L{l}.` for `blocks.{l}.`.
   */
  readonly site: string;
  /** Of ln1 only: what queries and keys read, or what values read. Default both. */
  readonly path?: NormPath;
  /** 'prompt': the mean, over positions ≥ 1, of what the norm would divide by in this very run. */
  readonly value: number | 'prompt';
}

/** One that changes activations at a hook, whatever the model. */
export type SiteEdit = Zero | ByValue | Mean | FromRun | KnockOut;

/** One intervention; a list of them applies in order, each to what the ones before it left. */
export type Edit = SiteEdit | FreezeNorm;

/** The edits that can change this model: without LayerNorm there is no scale to freeze. */
export function editsFor(config: Pick<ModelConfig, 'norm'>, edits: readonly Edit[]): readonly Edit[] {
  if (config.norm.kind === 'layer') return edits;
  return edits.filter(({ kind }) => kind !== 'freeze-norm');
}
