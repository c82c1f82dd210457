/** `attribution-patching`: every arm's estimate by gradient beside what patching does, for one pair of prompts or several. */

import type { PatchQuestion, PatchSweep } from '../analysis/activationPatching.ts';
import { normaliser } from '../analysis/activationPatchingPair.ts';
import { everyTwo } from '../analysis/armRun.ts';
import type { AttributionMap } from '../analysis/attributionPatching.ts';
import { attributionArm, attributionBetween, type PairEstimate } from '../analysis/patchAgreementPairs.ts';
import type {
  AttributionPatchingArm,
  AttributionPatchingBetween,
  PatchingReport,
} from '../analysis/types/index.ts';
import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import { type LabelledTensor, labelled } from '../tensor/tensor.ts';
import type { AnalysisRequest, AnalysisResult, ArmId, CallOptions } from './api.ts';
import { estimate, measure, type PatchingHead, sweepOf } from './patching.ts';
import { type AskedPair, fedPair, patchQuestion } from './patchingPrompts.ts';
import type { Stage } from './stage.ts';

type Request = AnalysisRequest<'attribution-patching'>;

/** What came of one arm's pairs so far. */
interface Arm {
  readonly estimates: PairEstimate[];
  readonly leftOut: AttributionPatchingArm['leftOut'];
}

/**
 * Pair by pair, all arms at once; where arms take turns on the device, one after the other through all pairs.
 * @throws InputError where no pair is left, or neurons are asked of several.
 */
export async function attributionPatching(
  stage: Stage,
  pairs: readonly AskedPair[],
  request: Request,
  head: PatchingHead,
): Promise<AnalysisResult<'attribution-patching'>> {
  const { signal, onProgress } = request;
  if (pairs.length > 1 && request.granularity === 'neuron-topk')
    throw new InputError("'neuron-topk' names neurons of one pair each. Ask for every pair by itself.", {
      pairs: pairs.length,
    });
  const length = must(pairs[0], 'no pair').clean.length;
  const arms = new Map(stage.arms.map(({ id }): [ArmId, Arm] => [id, { estimates: [], leftOut: [] }]));
  const turns = stage.together ? [stage.arms] : stage.arms.map((arm) => [arm]);
  for (const [turn, those] of turns.entries())
    for (const [pair, asked] of pairs.entries()) {
      signal?.throwIfAborted();
      const [done, total] = [turn * pairs.length + pair, turns.length * pairs.length];
      const own: CallOptions['onProgress'] =
        pairs.length === 1
          ? onProgress
          : ({ phase }) => onProgress?.({ done, total, unit: 'pairs', phase: `pair ${pair + 1}: ${phase}` });
      const found =
        asked.clean.length === length
          ? await onePair({ stage, those, pair, asked, several: pairs.length > 1 }, request, own)
          : those.map(({ id }) => ({
              id,
              reason: `It has ${asked.clean.length} tokens, the first pair has ${length}.`,
            }));
      for (const one of found) {
        const arm = must(arms.get(one.id), one.id);
        if ('reason' in one) arm.leftOut.push({ pair, reason: one.reason });
        else arm.estimates.push(one.estimate);
      }
    }
  return resultOf(arms, pairs, request, head);
}

type Found = { id: ArmId } & ({ estimate: PairEstimate } | { reason: string });

interface OnePair {
  readonly stage: Stage;
  readonly those: Stage['arms'];
  readonly pair: number;
  readonly asked: AskedPair;
  /** Then a difference too small to divide by leaves the pair out; alone it is only warned of. */
  readonly several: boolean;
}

async function onePair(
  { stage, those, pair, asked, several }: OnePair,
  request: Request,
  onProgress: CallOptions['onProgress'],
): Promise<Found[]> {
  const { measured = true, signal } = request;
  const estimated: Estimated[] = [];
  for (const arm of those) {
    onProgress?.({ done: 0, total: 1, unit: 'steps', phase: `estimating ${arm.id}` });
    estimated.push(await estimatedOn(stage, arm, asked, patchQuestion(asked, request, arm.config)));
  }
  const kept = estimated.filter(({ warning }) => !several || warning === null);
  const sweeps = new Map(
    (measured ? kept : []).map(({ arm: { id, config }, question, map: { neurons } }) => {
      const asIs = { ...question, normalise: false, ...(neurons && { neurons }) };
      return [id, sweepOf(config, asked, asIs)] as const;
    }),
  );
  if (sweeps.size > 0) await measure(stage, sweeps, { signal, onProgress });
  return estimated.map((one): Found => {
    const { id } = one.arm;
    return kept.includes(one)
      ? { id, estimate: pairEstimate(pair, one, sweeps.get(id) ?? null) }
      : { id, reason: must(one.warning, 'left out without a reason') };
  });
}

/** One arm's estimate of a pair, and what its maps are divided by. */
interface Estimated extends ReturnType<typeof normaliser> {
  readonly arm: Stage['arms'][number];
  readonly question: PatchQuestion;
  readonly map: AttributionMap;
  readonly cleanMetric: number;
  readonly corruptedMetric: number;
}

async function estimatedOn(
  stage: Stage,
  arm: Stage['arms'][number],
  asked: AskedPair,
  question: PatchQuestion & { k: number },
): Promise<Estimated> {
  const map = await estimate(stage, arm.id, asked, question);
  const { patchedMetric: own, sourceMetric: other } = map;
  const [cleanMetric, corruptedMetric] = question.direction === 'denoising' ? [other, own] : [own, other];
  const by = normaliser(question.normalise, cleanMetric, corruptedMetric);
  return { arm, question, map, cleanMetric, corruptedMetric, ...by };
}

function pairEstimate(
  pair: number,
  { map, cleanMetric, corruptedMetric, dividedBy, warning }: Estimated,
  sweep: PatchSweep | null,
): PairEstimate {
  const { layers, neurons } = map;
  return {
    pair,
    layers,
    ...(neurons && { neurons }),
    values: divided(map.values, dividedBy),
    measured: sweep && divided(sweep.arm().values, dividedBy),
    cleanMetric,
    corruptedMetric,
    warning,
  };
}

function divided({ axes, shape, data }: LabelledTensor, by: number): LabelledTensor {
  return labelled(
    axes,
    shape,
    data.map((value) => value / by + 0), // of −0 the 0
  );
}

function resultOf(
  arms: ReadonlyMap<ArmId, Arm>,
  pairs: readonly AskedPair[],
  { site, granularity = 'position', direction = 'denoising' }: Request,
  head: PatchingHead,
): AnalysisResult<'attribution-patching'> {
  const gradientOf = direction === 'denoising' ? 'corrupted' : 'clean';
  const results = head.arms.map((id): [ArmId, AttributionPatchingArm] => {
    const { estimates, leftOut } = must(arms.get(id), id);
    if (estimates.length === 0)
      throw new InputError(`No pair is left to average over on ${id}. ${leftOut[0]?.reason}`, {
        arm: id,
        leftOut,
      });
    return [id, attributionArm(estimates, leftOut, { direction, site, granularity, gradientOf })];
  });
  const between = everyTwo(head.arms).flatMap(([a, b]): [string, AttributionPatchingBetween][] => {
    const both = attributionBetween(must(arms.get(a), a).estimates, must(arms.get(b), b).estimates);
    return both ? [[`${a}|${b}`, both]] : [];
  });
  const prompts = pairs.map((pair): PatchingReport => fedPair(pair, head.piece));
  const [only] = prompts;
  const fed = only && prompts.length === 1 ? only.clean : { tokens: [], pieces: [] };
  return {
    analysis: 'attribution-patching',
    pair: head.pair,
    ...fed,
    engine: head.engine,
    arms: Object.fromEntries(results),
    between: Object.fromEntries(between),
    prompts,
  };
}
