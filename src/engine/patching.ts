/** `activation-patching`: every arm's map, in jobs so short that other requests get their turn, told as it comes in. */

import { type PatchQuestion, PatchSweep } from '../analysis/activationPatching.ts';
import type { PatchRuns } from '../analysis/activationPatchingRuns.ts';
import { everyTwo } from '../analysis/armRun.ts';
import { type AttributionMap, attributionMap } from '../analysis/attributionPatching.ts';
import { comparable } from '../analysis/patchAgreementPairs.ts';
import type { ActivationPatchingArm, PatchingBetween } from '../analysis/types/index.ts';
import { logitDifference } from '../model/metric.ts';
import type { Model } from '../model/model.ts';
import { difference } from '../tensor/tensor.ts';
import type { AnalysisRequest, AnalysisResult, ArmId, CallOptions, EngineId, PairId } from './api.ts';
import { type AskedPair, fedPair, patchQuestion } from './patchingPrompts.ts';
import type { Stage } from './stage.ts';

/** A job should be so long that starting it costs little, and so short that nobody notices it. Milliseconds. */
const JOB = 250;
/** How often a partial result is told, at most. */
const TICK = 250;

/** Who answers, for the head of the result. */
export interface PatchingHead {
  readonly pair: PairId;
  readonly engine: EngineId;
  /** In the order of the result. */
  readonly arms: readonly ArmId[];
  readonly piece: (id: number) => string;
}

/** Measures the map of every arm of the stage; the last told is right whenever it is cut off. */
export async function activationPatching(
  stage: Stage,
  asked: AskedPair,
  request: AnalysisRequest<'activation-patching'>,
  head: PatchingHead,
): Promise<AnalysisResult<'activation-patching'>> {
  const sweeps = new Map<ArmId, PatchSweep>();
  for (const { id, config } of stage.arms) {
    const question = patchQuestion(asked, request, config);
    const largest =
      question.granularity === 'neuron-topk' ? await estimate(stage, id, asked, question) : null;
    const { neurons } = largest ?? {};
    sweeps.set(id, sweepOf(config, asked, { ...question, ...(neurons && { neurons }) }));
  }
  const result = () => patchingResult(sweeps, asked, head);
  await measure(stage, sweeps, { ...request, onPart: () => request.onPartial?.(result()) });
  return result();
}

/** A sweep that has measured nothing yet. */
export function sweepOf(
  config: Model['config'],
  { clean, corrupted }: AskedPair,
  question: PatchQuestion,
): PatchSweep {
  return new PatchSweep(config, question, clean, corrupted);
}

/** What the gradient says that patching would do on one arm; as one job. */
export function estimate(
  stage: Stage,
  arm: ArmId,
  { clean, corrupted, target, contrast }: AskedPair,
  question: PatchQuestion & { k: number },
): Promise<AttributionMap> {
  const prompts =
    question.direction === 'denoising'
      ? { patched: corrupted, source: clean }
      : { patched: clean, source: corrupted };
  const metric = logitDifference(clean.length - 1, target, contrast);
  return stage.withArms([arm], ([model]) => attributionMap(model as Model, prompts, metric, question));
}

export interface Following extends CallOptions {
  /** Something more is measured. */
  onPart?(): void;
}

/**
 * Measures every sweep to its end, the arms in turn, or where they take turns on the device one after the other. An
 * abort is heard between jobs.
 */
export async function measure(
  stage: Stage,
  sweeps: ReadonlyMap<ArmId, PatchSweep>,
  { signal, onProgress, onPart }: Following,
): Promise<void> {
  const works = [...sweeps].map(([arm, sweep]) => new Work(arm, sweep));
  const turns = stage.together ? [works] : works.map((work) => [work]);
  let told = Number.NEGATIVE_INFINITY;
  const tell = (arm: ArmId) => {
    const all = works.map(({ sweep }) => sweep.runs);
    const sum = (of: 'done' | 'total') => all.reduce((total, runs) => total + runs[of], 0);
    onProgress?.({ done: sum('done'), total: sum('total'), unit: 'runs', phase: `patching ${arm}` });
    if (performance.now() - told < TICK || works.every(({ sweep }) => !sweep.begun)) return;
    onPart?.();
    told = performance.now();
  };
  try {
    for (const turn of turns)
      while (turn.some(({ sweep }) => !sweep.finished))
        for (const work of turn.filter(({ sweep }) => !sweep.finished)) {
          signal?.throwIfAborted();
          tell(work.arm);
          await stage.withArms([work.arm], ([model]) => work.step(model as Model));
        }
  } finally {
    for (const work of works) work.drop();
  }
  signal?.throwIfAborted();
  tell(works.at(-1)?.arm ?? '');
}

/** One arm's sweep and the two runs that it reads, kept from job to job. */
class Work {
  #runs: PatchRuns | null = null;
  /** Of a job, as `measure` counts it: of the first one layer of one run. */
  #work: number;

  constructor(
    readonly arm: ArmId,
    readonly sweep: PatchSweep,
  ) {
    this.#work = sweep.own.length;
  }

  /** Measures some runs; in a job. */
  async step(model: Model): Promise<void> {
    const began = performance.now();
    try {
      await this.sweep.measure(await this.#both(model), this.#work);
    } catch (error) {
      this.drop(); // the job may be done again, on a new device
      throw error;
    }
    const took = performance.now() - began;
    if (took > 2 * JOB) this.#work /= 2;
    else if (took < JOB / 2) this.#work *= 2;
  }

  async #both(model: Model): Promise<PatchRuns> {
    if (this.#runs?.model === model) return this.#runs;
    this.drop();
    const { sweep } = this;
    const own = await model.run([sweep.own], sweep.hooks.own);
    try {
      this.#runs = { model, own, other: await model.run([sweep.other], sweep.hooks.other) };
    } catch (error) {
      own.dispose();
      throw error;
    }
    return this.#runs;
  }

  /** Frees the runs. */
  drop(): void {
    this.#runs?.own.dispose();
    this.#runs?.other.dispose();
    this.#runs = null;
  }
}

/** Arms of which nothing is measured yet are left out. */
function patchingResult(
  sweeps: ReadonlyMap<ArmId, PatchSweep>,
  asked: AskedPair,
  { pair, engine, arms, piece }: PatchingHead,
): AnalysisResult<'activation-patching'> {
  const maps = arms.flatMap((id): [ArmId, ActivationPatchingArm][] => {
    const sweep = sweeps.get(id);
    return sweep?.begun ? [[id, sweep.arm()]] : [];
  });
  const between = everyTwo(maps).flatMap(([[first, a], [second, b]]): [string, PatchingBetween][] =>
    comparable(a, b) ? [[`${first}|${second}`, { values: difference(a.values, b.values) }]] : [],
  );
  const prompts = fedPair(asked, piece);
  return {
    analysis: 'activation-patching',
    pair,
    ...prompts.clean,
    engine,
    arms: Object.fromEntries(maps),
    between: Object.fromEntries(between),
    ...prompts,
  };
}
