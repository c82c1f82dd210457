/** A batch of patched runs: the activation each of them begins with, and what comes of it. */

import type { ActivationCache } from '../model/cache.ts';
import type { Model } from '../model/model.ts';
import { type Resumption, resume } from '../model/suffix.ts';
import type { Box, Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { PatchBatch } from './activationPatchingPlan.ts';
import { type PatchSiteSpec, type TwoRuns, twoRuns } from './activationPatchingSites.ts';

/** Runs of two prompts by one model, each of batch 1. */
export interface PatchRuns {
  readonly model: Model;
  /** The run that is patched. */
  readonly own: ActivationCache;
  /** The run that is read. */
  readonly other: ActivationCache;
}

/** The last residual stream of patched runs at the last position, [batch, 1, d_model]. */
export function patchedResidual(ops: Ops, runs: PatchRuns, spec: PatchSiteSpec, batch: PatchBatch): Tensor {
  const { model, own, other } = runs;
  const two = twoRuns(ops, model.config.nHeads, own, other, batch.layer);
  const suffix = { ops, model, kept: own, first: batch.first };
  return resume(suffix, batch.layer, resumption(two, spec, batch));
}

function resumption(two: TwoRuns, spec: PatchSiteSpec, batch: PatchBatch): Resumption {
  const { ops, own } = two;
  const { from, to } = spec.replacement(two);
  const runs = batch.cells.length;
  /** An activation's rows from `first` on, once or for every run. */
  const rows = (x: Tensor, times: number, first = batch.first) => rowsFrom(ops, x, first, times);
  const patched = (first: number) => {
    const boxes = batch.cells.map(
      ({ rows: [start, end], columns }): Box => [0, 1, start - first, end - first, ...columns],
    );
    return ops.blend(rows(from, 1, first), boxes, 0, rows(to, 1, first), undefined, spec.hook);
  };
  switch (spec.at) {
    case 'qkv': {
      const all = (hook: 'attn.hook_k' | 'attn.hook_v') =>
        hook === spec.hook ? patched(0) : rows(own(hook), runs, 0);
      const resid = rows(own('hook_resid_pre'), runs);
      const q = rows(own('attn.hook_q'), runs);
      return { at: 'qkv', resid, q, k: all('attn.hook_k'), v: all('attn.hook_v') };
    }
    case 'z':
      return { at: 'z', resid: rows(own('hook_resid_pre'), runs), z: patched(batch.first) };
    case 'mlp_post':
      return { at: 'mlp_post', resid: rows(own('hook_resid_mid'), runs), post: patched(batch.first) };
    default:
      return { at: spec.at, resid: patched(batch.first) };
  }
}

/** [1, pos, d] → [times, pos − first, d]. */
export function rowsFrom(ops: Ops, x: Tensor, first: number, times: number): Tensor {
  if (first === 0 && times === 1) return x;
  const count = (x.shape[1] as number) - first;
  const data = Uint32Array.from({ length: times * count }, (_, i) => first + (i % count));
  return ops.embed(x, ops.upload({ dtype: 'u32', shape: [times, count], data }, 'rows'), x.label);
}
