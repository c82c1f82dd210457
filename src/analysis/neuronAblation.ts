/**
 * Mean ablation of last-layer neurons, exact from the cached final residual: r′ = r + Δ·w_out changes the logits by a
 * multiple of one direction and by σ/σ′, so that nothing runs again (SCIENCE §6).
 */

import { InputError } from '../base/errors.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { type LabelledTensor, labelled } from '../tensor/tensor.ts';
import { type ArmRun, checkCount, promptOf, resolvePosition } from './armRun.ts';
import {
  checkedFrequencies,
  frequencyCosines,
  unigramDivergences,
  unigramOf,
} from './neuronAblationFrequency.ts';
import {
  type Ablations,
  type Measured,
  type Measurements,
  measureAblations,
} from './neuronAblationMeasure.ts';
import { readUpdates } from './neuronAblationRead.ts';
import { topChangesOf } from './neuronAblationTop.ts';
import { updatesOf } from './neuronAblationUpdates.ts';
import { logitBias, logitsOfNeurons } from './neuronDirections.ts';
import { MAX_K } from './predictions.ts';
import { withScratch } from './scratch.ts';
import type { AblatedStats, LnShare, NeuronAblationArm } from './types/index.ts';
import { type LogitsSource, logitsRows } from './unembed.ts';

export interface NeuronAblationOptions {
  readonly neurons: readonly number[];
  /** 'prompt': over all positions, 0 included; else a value for each of `neurons`. */
  readonly mean: 'prompt' | readonly number[];
  /** Where given means come from. */
  readonly meanFrom: 'prompt' | 'corpus' | 'given';
  readonly cumulative: boolean;
  /** A count for each token of the vocabulary, or null. */
  readonly frequencies: readonly number[] | null;
  /** Negative counts from the end. */
  readonly position: number;
  readonly k: number;
  readonly piece: (id: number) => string;
}

/** The most neurons of one question. */
export const MAX_NEURONS = 64;

export function neuronAblationHooks(
  { nLayers }: ModelConfig,
  source: LogitsSource = 'ln_final.hook_normalized',
): HookName[] {
  const last = nLayers - 1;
  const own = [blockHook(last, 'mlp.hook_post'), blockHook(last, 'hook_resid_post'), 'ln_final.hook_scale'];
  return [...own, source];
}

/**
 * Entropy and loss at every position with the neurons held at their means: one at a time, all at once and, if asked for,
 * the first i + 1 of them. Position 0 has values like any other but no part in `lnShare`.
 * @throws InputError on neurons that the layer does not have, and on lists of a wrong length.
 */
export async function neuronAblation(
  run: ArmRun,
  options: NeuronAblationOptions,
): Promise<NeuronAblationArm> {
  const { model } = run;
  const prompt = promptOf(run.cache);
  const k = checkCount('k', options.k, 1, Math.min(MAX_K, model.config.dVocab));
  const position = resolvePosition(options.position, prompt.length);
  const frequencies = options.frequencies && checkedFrequencies(options.frequencies, model.config);
  const unigram = frequencies && unigramOf(frequencies);
  const { cumulative } = options;
  const { neurons, read, means, updates, directions, bias, measured } = await ablated(run, options, {
    unigram,
    singles: true,
    cumulative,
  });

  const { base, single, prefixes } = measured;
  const T = prompt.length;
  const all = prefixes.at(-1) as Measured;
  return {
    layer: model.config.nLayers - 1,
    neurons: [...neurons],
    means,
    activations: stacked('neuron', read.activations),
    ...jointOf(measured),
    sigma: perPosition(read.sigma),
    sigmaAblated: perPosition(all.sigmaAblated),
    lnShare: lnShareOf(base, all),
    single: tableOf('neuron', base, single),
    ...(cumulative && { cumulative: tableOf('step', base, prefixes) }),
    ...(unigram && {
      klUnigram: unigramDivergences({ unigram, bias, directions, updates, measured }),
    }),
    ...(frequencies && { tokenFrequency: await frequencyCosines(model, frequencies) }),
    topChanges: {
      position,
      neurons: topChangesOf({
        row: await logitsAt(run, position),
        bias,
        directions,
        alpha: updates.single.map(({ alpha }) => alpha[position] as number),
        beta: updates.single.map(({ beta }) => beta[position] as number),
        lse: base.lseTotal[position] as number,
        lseAblated: single.map(({ lseTotal }) => lseTotal[position] as number),
        k,
        piece: options.piece,
      }),
    },
    convention: {
      mean: options.meanFrom,
      finalScale: model.config.norm.kind === 'layer' ? 'recomputed' : 'none',
      shareFrom: firstShared(T),
    },
  };
}

/** Entropy and loss at every position as they are, and with the neurons held at their means all at once. */
export type JointAblation = Pick<
  NeuronAblationArm,
  'entropy' | 'loss' | 'entropyTotal' | 'entropyDirect' | 'lossTotal' | 'lossDirect'
>;

/**
 * Of `neuronAblation` what becomes of the predictions with all neurons ablated, and nothing of each by itself.
 * @throws InputError on neurons that the layer does not have, and on means of a wrong length.
 */
export async function jointAblation(
  run: ArmRun,
  options: Pick<NeuronAblationOptions, 'neurons' | 'mean'>,
): Promise<JointAblation> {
  const { measured } = await ablated(run, options, { unigram: null, singles: false, cumulative: false });
  return jointOf(measured);
}

/** The ablations that are asked for, measured, and what they are made of. */
async function ablated(
  run: ArmRun,
  options: Pick<NeuronAblationOptions, 'neurons' | 'mean'>,
  which: Pick<Ablations, 'unigram' | 'singles' | 'cumulative'>,
) {
  const { model } = run;
  const neurons = checkNeurons(options.neurons, model.config);
  const read = await readUpdates(run, neurons);
  const means = meansOf(options.mean, read.activations, neurons);
  const changes = read.activations.map((a, i) => Float64Array.from(a, (x) => (means[i] as number) - x));
  const updates = updatesOf(read, changes, model.config);
  const directions = await logitsOfNeurons(model, neurons, read.writing);
  const bias = await logitBias(model);
  const measured = await measureAblations(run, { updates, directions, bias, ...which });
  return { neurons, read, means, updates, directions, bias, measured };
}

function jointOf({ base, prefixes }: Measurements): JointAblation {
  const all = prefixes.at(-1) as Measured;
  return {
    entropy: perPosition(base.entropyTotal),
    loss: perPosition(base.lossTotal),
    entropyTotal: perPosition(all.entropyTotal),
    entropyDirect: perPosition(all.entropyDirect),
    lossTotal: perPosition(all.lossTotal),
    lossDirect: perPosition(all.lossDirect),
  };
}

function perPosition(values: ArrayLike<number>): LabelledTensor {
  return labelled(['position'], [values.length], Float32Array.from(values));
}

/** Lists of one length as the rows of a table. */
function stacked(axis: string, lists: readonly ArrayLike<number>[]): LabelledTensor {
  const data = Float32Array.from(lists.flatMap((list) => Array.from(list)));
  return labelled([axis, 'position'], [lists.length, data.length / lists.length], data);
}

function tableOf(
  axis: string,
  base: Measured,
  ablated: readonly Measured[],
): AblatedStats & { lnShare: LnShare[] } {
  return {
    entropyTotal: stacked(
      axis,
      ablated.map((one) => one.entropyTotal),
    ),
    entropyDirect: stacked(
      axis,
      ablated.map((one) => one.entropyDirect),
    ),
    lossTotal: stacked(
      axis,
      ablated.map((one) => one.lossTotal),
    ),
    lossDirect: stacked(
      axis,
      ablated.map((one) => one.lossDirect),
    ),
    sigmaAblated: stacked(
      axis,
      ablated.map((one) => one.sigmaAblated),
    ),
    lnShare: ablated.map((one) => lnShareOf(base, one)),
  };
}

/** Position 0 has no part in averages, where there is another. */
function firstShared(T: number): number {
  return T > 1 ? 1 : 0;
}

/** How much of the mean change goes away when σ is frozen (SCIENCE §6). */
function lnShareOf(base: Measured, ablated: Measured): LnShare {
  const share = (before: readonly number[], total: readonly number[], direct: readonly number[]) => {
    const first = firstShared(base.entropyTotal.length);
    const change = (after: readonly number[]) =>
      after.slice(first).reduce((sum, x, i) => sum + Math.abs(x - (before[first + i] as number)), 0);
    const whole = change(total);
    return whole === 0 ? null : 1 - change(direct) / whole;
  };
  return {
    entropy: share(base.entropyTotal, ablated.entropyTotal, ablated.entropyDirect),
    loss: share(base.lossTotal, ablated.lossTotal, ablated.lossDirect),
  };
}

/** The model's own logits at one position. */
function logitsAt(run: ArmRun, position: number): Promise<Float32Array> {
  return withScratch(run.model, 'logits at the position', async (ops) => {
    const [row] = await ops.read([logitsRows(run, ops, [position])]);
    return row;
  });
}

/** 1 to MAX_NEURONS neurons of the last layer, none twice, else an InputError. */
export function checkNeurons(neurons: readonly number[], { dMlp }: ModelConfig): readonly number[] {
  const listed = Array.isArray(neurons) && neurons.length >= 1 && neurons.length <= MAX_NEURONS;
  const known = listed && neurons.every((n) => Number.isInteger(n) && n >= 0 && n < dMlp);
  if (known && new Set(neurons).size === neurons.length) return neurons;
  throw new InputError(
    `neurons must be a list of 1 to ${MAX_NEURONS} neurons of the last layer, each from 0 to ${dMlp - 1} and none twice.`,
    { neurons, dMlp },
  );
}

function meansOf(
  mean: 'prompt' | readonly number[],
  activations: readonly Float32Array[],
  neurons: readonly number[],
): number[] {
  if (mean === 'prompt') return activations.map((a) => a.reduce((sum, x) => sum + x, 0) / a.length);
  if (mean.length === neurons.length && mean.every(Number.isFinite)) return [...mean];
  throw new InputError(
    `mean has ${mean.length} values, but must have a number for each of the ${neurons.length} neurons, or be 'prompt' or 'corpus'.`,
    { mean, neurons },
  );
}
