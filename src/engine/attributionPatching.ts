/** `attribution-patching`: every arm's estimate by gradient beside what patching does, for one pair of prompts or several. */

import type { PatchSweep } from '../analysis/activationPatching.ts';
import { normaliser } from '../analysis/activationPatchingPair.ts';
import { everyTwo } from '../analysis/armRun.ts';
import { attributionArm, attributionBetween, type PairEstimate } from '../analysis/patchAgreementPairs.ts';
import type {
  AttributionPatchingArm,
  AttributionPatchingBetween,
  PatchingReport,
  PatchPair,
} from '../analysis/types/index.ts';
import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import { type LabelledTensor, labelled } from '../tensor/tensor.ts';
import type { AnalysisRequest, AnalysisResult, ArmId, CallOptions } from './api.ts';
import { estimate, measure, type PatchingHead, sweepOf } from './patching.ts';
import { type AskedPair, fedPair, patchQuestion } from './patchingPrompts.ts';
import type { Stage } from './stage.ts';

type Request = AnalysisRequest<'attribution-patching'>;

/** The pairs of a request. @throws InputError where it gives none, or both a list and one pair. */
export function pairsOf(request: Request): readonly PatchPair[] {
  const { pairs, clean, corrupted, target, contrast } = request as Partial<
    PatchPair & { pairs: PatchPair[] }
  >;
  if (pairs === undefined) return [request as PatchPair];
  if ([clean, corrupted, target, contrast].some((given) => given !== undefined))
    throw new InputError(
      'Give `pairs`, or one pair as clean, corrupted, target and contrast, but not both.',
      {},
    );
  if (Array.isArray(pairs) && pairs.length > 0 && pairs.every((pair) => pair && typeof pair === 'object'))
    return pairs;
  throw new InputError('pairs must be a list of at least one {clean, corrupted, target, contrast?}.', {
    pairs,
  });
}

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
  const sweeps = new Map<ArmId, PatchSweep>();
  const finishing: (() => Found)[] = [];
  for (const { id, config } of those) {
    const question = patchQuestion(asked, request, config);
    onProgress?.({ done: 0, total: 1, unit: 'steps', phase: `estimating ${id}` });
    const map = await estimate(stage, id, asked, question);
    const { patchedMetric: own, sourceMetric: other } = map;
    const denoising = question.direction === 'denoising';
    const [cleanMetric, corruptedMetric] = denoising ? [other, own] : [own, other];
    const { dividedBy, warning } = normaliser(question.normalise, cleanMetric, corruptedMetric);
    if (several && warning) {
      finishing.push(() => ({ id, reason: warning }));
      continue;
    }
    const { layers, neurons } = map;
    const sweep = sweepOf(config, asked, { ...question, normalise: false, ...(neurons && { neurons }) });
    if (measured) sweeps.set(id, sweep);
    finishing.push(() => ({
      id,
      estimate: {
        pair,
        layers,
        ...(neurons && { neurons }),
        values: divided(map.values, dividedBy),
        measured: measured ? divided(sweep.arm().values, dividedBy) : null,
        cleanMetric,
        corruptedMetric,
        warning,
      },
    }));
  }
  if (sweeps.size > 0) await measure(stage, sweeps, { signal, onProgress });
  return finishing.map((finish) => finish());
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
