/** Activation patching: one run with a part of another run's activation in place of its own, for every part there is (SCIENCE §7). */

import { must } from '../base/assert.ts';
import { size } from '../base/shapes.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import type { Ops } from '../tensor/ops.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { labelled, type Tensor } from '../tensor/tensor.ts';
import { checkPair, normaliser } from './activationPatchingPair.ts';
import {
  nextBatches,
  type PatchCell,
  type PatchedSite,
  type PatchPlan,
  patchPlan,
} from './activationPatchingPlan.ts';
import { type PatchRuns, patchedResidual, rowsFrom } from './activationPatchingRuns.ts';
import { patchingHooks } from './activationPatchingSites.ts';
import { checkIds, checkSet } from './armRun.ts';
import { uploadIds, withScratch } from './scratch.ts';
import type { ActivationPatchingArm, PatchDirection } from './types/index.ts';

export interface PatchQuestion extends PatchedSite {
  readonly direction: PatchDirection;
  readonly normalise: boolean;
  /** The metric: mean logit of these … */
  readonly target: readonly number[];
  /** … less the mean logit of those, at the last position. */
  readonly contrast: readonly number[];
}

/** One arm's map while it is measured, from the last layer backwards. */
export class PatchSweep {
  /** What the two runs must record. */
  readonly hooks: { readonly own: readonly HookName[]; readonly other: readonly HookName[] };
  /** The prompts: of the run that is patched, of the run that is read. */
  readonly own: readonly number[];
  readonly other: readonly number[];
  readonly #plan: PatchPlan;
  readonly #values: Float32Array;
  #metrics: { own: number; other: number } | null = null;
  #done = 0;

  /**
   * @throws InputError for prompts of different lengths or without any difference, for a site, granularity or layer that is
   * none, and for tokens outside the vocabulary.
   */
  constructor(
    config: ModelConfig,
    readonly question: PatchQuestion,
    clean: readonly number[],
    corrupted: readonly number[],
  ) {
    checkPair(clean, corrupted);
    checkSet('target', question.target, config);
    checkIds('contrast', question.contrast, config);
    const denoising = question.direction === 'denoising';
    this.own = denoising ? corrupted : clean;
    this.other = denoising ? clean : corrupted;
    this.#plan = patchPlan(config, question, this.own, this.other);
    const { own, other } = patchingHooks(config, this.#plan.spec, question.layers);
    const final = blockHook(config.nLayers - 1, 'hook_resid_post');
    this.hooks = { own: [...new Set([...own, final])], other: [...new Set([...other, final])] };
    this.#values = new Float32Array(question.layers.length * size(this.#plan.shape));
    for (const cell of this.#plan.cells) this.#values[this.#place(cell)] = Number.NaN;
  }

  /** Patched runs: measured, and in all. */
  get runs(): { done: number; total: number } {
    return { done: this.#done, total: this.#plan.cells.length };
  }

  /** Whether anything is measured, the metrics of the two prompts at least. */
  get begun(): boolean {
    return this.#metrics !== null;
  }

  get finished(): boolean {
    return this.begun && this.#done === this.#plan.cells.length;
  }

  /**
   * Measures what comes next, so much `work` of it (rows of layers: a forward pass has pos · nLayers) but one run at least,
   * in one transfer. Nothing is changed where it fails.
   */
  async measure(runs: PatchRuns, work: number): Promise<void> {
    const { spec } = this.#plan;
    const next = nextBatches(this.#plan, this.#done, work);
    const { model, own, other } = runs;
    const last = blockHook(model.config.nLayers - 1, 'hook_resid_post');
    const [ofOwn, ofOther, ...ofBatches] = await withScratch(model, 'patched runs', (ops) => {
      const read = (resid: Tensor) => this.#answers(ops, model, resid);
      const unpatched = [own, other].map((cache) => read(rowsFrom(ops, cache.get(last), own.pos - 1, 1)));
      const patched = next.map((batch) => ops.tidy(() => read(patchedResidual(ops, runs, spec, batch))));
      return ops.read([...unpatched, ...patched]);
    });
    const metrics = { own: this.#metric(ofOwn, 0), other: this.#metric(ofOther, 0) };
    next.forEach(({ cells }, i) => {
      cells.forEach((cell, run) => {
        this.#values[this.#place(cell)] = this.#metric(ofBatches[i], run) - metrics.own;
      });
      this.#done += cells.length;
    });
    this.#metrics = metrics;
  }

  /** Where a cell's value stands. */
  #place({ row, index }: PatchCell): number {
    return row * size(this.#plan.shape) + index;
  }

  /** The map as far as it is measured; only once something is. */
  arm(): ActivationPatchingArm {
    const { site, granularity, layers, neurons, direction, normalise } = this.question;
    const metrics = must(this.#metrics, 'a map that nothing was measured of');
    const denoising = direction === 'denoising';
    const cleanMetric = denoising ? metrics.other : metrics.own;
    const corruptedMetric = denoising ? metrics.own : metrics.other;
    const { dividedBy, warning } = normaliser(normalise, cleanMetric, corruptedMetric);
    const { axes, shape } = this.#plan;
    return {
      values: labelled(
        ['layer', ...axes],
        [layers.length, ...shape],
        this.#values.map((value) => value / dividedBy + 0), // of −0 the 0
      ),
      layers: [...layers],
      ...(neurons && { neurons: neurons.map((of) => [...of]) }),
      cleanMetric,
      corruptedMetric,
      dividedBy,
      warning,
      runs: this.runs.done,
      convention: { direction, site, granularity },
    };
  }

  /** The logits of target and contrast, [batch, 1, tokens], of a last residual stream [batch, 1, d_model]. */
  #answers(ops: Ops, { params, config }: Model, resid: Tensor): Tensor {
    const { target, contrast } = this.question;
    const rows = ops.embed(params.W_U, uploadIds(ops, [...target, ...contrast]), 'W_U rows');
    return ops.linearT(ops.norm(resid, params.lnFinal, config.norm).normalized, rows, 'answers');
  }

  /** The metric of one run of a batch. */
  #metric(logits: Float32Array | undefined, run: number): number {
    const { target, contrast } = this.question;
    const tokens = target.length + contrast.length;
    const mean = (from: number, count: number) => {
      const some = must(logits, 'a batch without logits').subarray(
        run * tokens + from,
        run * tokens + from + count,
      );
      return some.reduce((sum, logit) => sum + logit, 0) / count;
    };
    return mean(0, target.length) - (contrast.length > 0 ? mean(target.length, contrast.length) : 0);
  }
}
