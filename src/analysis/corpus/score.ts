/** Scores windows by the runs that read them: everything that a corpus's numbers are made of, reduced on the device. */

import { must } from '../../base/assert.ts';
import { blockHook, type HookName, scaleHooks } from '../../model/hooks.ts';
import type { ModelConfig } from '../../tensor/params.ts';
import type { LabelledTensor } from '../../tensor/tensor.ts';
import { type ArmRun, everyTwo } from '../armRun.ts';
import { directEffect, directEffectHooks } from '../directEffect.ts';
import { type JointAblation, jointAblation, neuronAblationHooks } from '../neuronAblation.ts';
import { uploadIds, uploadRows, withScratch } from '../scratch.ts';
import { type LogitsSource, logitsRows, readInBlocks } from '../unembed.ts';
import { attributedRun, attributionHooks, attributionSums } from './attribution.ts';
import { total } from './bootstrap.ts';
import {
  type AblationChanges,
  type ActivationSums,
  type ArmWindow,
  type BetweenWindow,
  CALIBRATION_BINS,
  countedIn,
  type HeadEffects,
  type WindowRecord,
} from './records.ts';
import { scoredIn, type Window } from './windows.ts';

/** Logits beyond it are an explosion, not a prediction: an LN-free model may have them on control characters (SCIENCE §9). */
export const EXPLODED = 1e4;

export interface ScoreOptions {
  /** Disagreements kept per window and two arms. */
  readonly listed: number;
  /** Whether to sum activations up for their means. */
  readonly means: boolean;
  /** Whether to measure every head's direct effect at each window's last scored position; windows come one by one then. */
  readonly effects: boolean;
  /** Whether to attribute every scored position's token to its terms; windows come one by one then. */
  readonly attribution: boolean;
  /** Neurons to hold at each window's own mean, or at what an arm's list of all neurons says; windows come one by one then. */
  readonly ablate: Ablate | null;
}

export interface Ablate {
  readonly neurons: readonly number[];
  readonly means: Readonly<Record<string, readonly number[]>> | null;
}

/** What a run must record to be scored. */
export function corpusHooks(
  config: ModelConfig,
  source: LogitsSource,
  { means, effects, attribution, ablate }: Omit<ScoreOptions, 'listed'>,
): HookName[] {
  return [
    ...new Set([
      source,
      ...(means ? [neuronHook(config), ...scaleHooks(config)] : []),
      ...(effects ? directEffectHooks(config, 'head', null) : []),
      ...(attribution ? attributionHooks(config) : []),
      ...(ablate ? neuronAblationHooks(config, source) : []),
    ]),
  ];
}

/** Activations of the last layer's neurons. */
const neuronHook = ({ nLayers }: ModelConfig) => blockHook(nLayers - 1, 'mlp.hook_post');

/**
 * Records of windows that were fed as one batch, one prompt a window, to each of these arms on one device. Every row of
 * logits is made once and lives only until it is reduced.
 */
export async function scoreWindows(
  runs: readonly (ArmRun & { arm: string })[],
  windows: readonly Window[],
  options: ScoreOptions,
): Promise<WindowRecord[]> {
  const { model, cache } = must(runs[0], 'windows read by nobody');
  const rows = windows.flatMap((window, batch) =>
    Array.from({ length: scoredIn(window) }, (_, i) => batch * cache.pos + window.from + i),
  );
  const nextOf = new Map(
    windows.flatMap((window, batch) =>
      window.tokens.slice(1).map((id, position) => [batch * cache.pos + position, id] as const),
    ),
  );
  const read = await withScratch(model, 'scoring a text', (ops) =>
    readInBlocks(ops, rows, 4 * model.config.dVocab * runs.length, (some) => {
      const next = uploadIds(
        ops,
        some.map((row) => must(nextOf.get(row), 'a position without a next token')),
        'next tokens',
      );
      const arms = runs.map((run) => {
        const logits = logitsRows(run, ops, some); // [some, d_vocab]
        return { logits, lse: ops.logSumExp(logits) };
      });
      return [
        ...arms.flatMap(({ logits, lse }) => [
          lse,
          ops.entropy(logits, lse),
          ops.gather(logits, next),
          ops.topK(logits, 1).values,
          ops.topK(logits, 1, 'largest magnitude', 'magnitude').values,
        ]),
        ...everyTwo(arms).map(([a, b]) => ops.divergence(a.logits, a.lse, b.logits, b.lse)), // [some, 3]
      ];
    }),
  );

  const columns = runs.map((_, i): ArmColumns => {
    const [lse, entropy, logit, top, largest] = read.slice(5 * i) as Float32Array[] as ArmValues;
    return { lse, entropy, logit, top, largest };
  });
  const divergences = read.slice(5 * runs.length);
  const sums = await Promise.all(
    runs.map((run) => (options.means ? activationSums(run, windows) : windows.map(() => null))),
  );

  const effects = await Promise.all(
    runs.map((run) => (options.effects ? headEffects(run, must(windows[0], 'no window')) : null)),
  );

  const { ablate } = options;
  const ablated = ablate && (await Promise.all(runs.map((run) => ablatedRun(run, run.arm, ablate))));

  const attributed = options.attribution && (await Promise.all(runs.map(attributedRun)));

  let first = 0;
  return windows.map((window, batch): WindowRecord => {
    const count = scoredIn(window);
    const [begin, end] = [first, first + count];
    first = end;
    let arms = columns.map((column, i) =>
      armWindow(column, begin, end, must(sums[i], 'no sums')[batch] ?? null, effects[i] ?? null),
    );
    if (ablated)
      arms = arms.map((arm, i) => ({
        ...arm,
        ablation: changesOf(must(ablated[i], 'no ablation'), window, arm),
      }));
    if (attributed)
      arms = arms.map((arm, i) => ({
        ...arm,
        attribution: attributionSums(must(attributed[i], 'no attribution'), window, arm),
      }));
    const between = everyTwo(arms).map(([a, b], i) =>
      betweenWindow(a, b, divergences[i] as Float32Array, begin, options.listed),
    );
    const ids = runs.map(({ arm }) => arm);
    return {
      ...window,
      arms: Object.fromEntries(ids.map((id, i) => [id, arms[i] as ArmWindow])),
      between: Object.fromEntries(
        everyTwo(ids).map((two, i) => [two.join('|'), between[i] as BetweenWindow]),
      ),
    };
  });
}

type ArmValues = [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];

/** By scored row. */
interface ArmColumns {
  readonly lse: Float32Array;
  readonly entropy: Float32Array;
  /** Of the token that came. */
  readonly logit: Float32Array;
  /** The largest. */
  readonly top: Float32Array;
  /** The one of largest magnitude. */
  readonly largest: Float32Array;
}

function armWindow(
  columns: ArmColumns,
  begin: number,
  end: number,
  sums: ActivationSums | null,
  effects: HeadEffects | null,
): ArmWindow {
  const losses = new Float32Array(end - begin);
  const outliers: { at: number; logit: number }[] = [];
  const [count, confidence, correct] = [zeros(), zeros(), zeros()];
  let entropySum = 0;
  for (let at = 0; at < losses.length; at++) {
    const [lse, entropy, logit, top, largest] = valuesAt(columns, begin + at);
    const loss = lse - logit;
    losses[at] = Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY;
    if (!Number.isFinite(loss) || !Number.isFinite(entropy) || !(Math.abs(largest) <= EXPLODED)) {
      outliers.push({ at, logit: largest });
      continue;
    }
    entropySum += entropy;
    const best = Math.exp(top - lse);
    const bin = Math.min(CALIBRATION_BINS - 1, Math.max(0, Math.ceil(best * CALIBRATION_BINS) - 1));
    count[bin]! += 1;
    confidence[bin]! += best;
    correct[bin]! += logit === top ? 1 : 0;
  }
  const calibration = { count, confidence, correct };
  const lastCounts = outliers.at(-1)?.at !== losses.length - 1;
  return {
    losses,
    outliers,
    entropy: entropySum,
    calibration,
    sums,
    effects: lastCounts ? effects : null,
    ablation: null,
    attribution: null,
  };
}

const zeros = () => Array<number>(CALIBRATION_BINS).fill(0);

function valuesAt({ lse, entropy, logit, top, largest }: ArmColumns, row: number) {
  return [lse, entropy, logit, top, largest].map((column) => column[row]) as [
    number,
    number,
    number,
    number,
    number,
  ];
}

function betweenWindow(
  a: ArmWindow,
  b: ArmWindow,
  divergence: Float32Array,
  begin: number,
  listed: number,
): BetweenWindow {
  const places = countedIn(a, b).map((at) => ({ at, jsd: divergence[3 * (begin + at) + 2] as number }));
  const sum = total(places.map(({ jsd }) => jsd));
  return { jsd: sum, top: places.sort((p, q) => q.jsd - p.jsd || p.at - q.at).slice(0, listed) };
}

/** The neurons held at their means in the run of one window. */
function ablatedRun(run: ArmRun, arm: string, { neurons, means }: Ablate): Promise<JointAblation> {
  const given = means && must(means[arm], `no means of ${arm}`);
  return jointAblation(run, {
    neurons,
    mean: given ? neurons.map((neuron) => given[neuron] as number) : 'prompt',
  });
}

function changesOf(ablated: JointAblation, { from }: Window, arm: ArmWindow): AblationChanges {
  const counted = countedIn(arm)
    .map((at) => from + at)
    .filter((position) => position > 0);
  const change = (after: LabelledTensor, before: LabelledTensor) =>
    Float32Array.from(
      counted,
      (position) => (after.data[position] as number) - (before.data[position] as number),
    );
  return {
    entropyTotal: change(ablated.entropyTotal, ablated.entropy),
    entropyDirect: change(ablated.entropyDirect, ablated.entropy),
    lossTotal: change(ablated.lossTotal, ablated.loss),
    lossDirect: change(ablated.lossDirect, ablated.loss),
  };
}

/** Every head's attribution and direct effect where a window's last token is predicted; the run is of this window alone. */
async function headEffects(run: ArmRun, { tokens }: Window): Promise<HeadEffects> {
  const { terms } = await directEffect(run, {
    positions: tokens.length - 2,
    target: 'next',
    contrast: [],
    centerUnembed: true,
    unit: 'head',
    layers: null,
  });
  const heads = terms.filter(({ head }) => head !== undefined);
  return {
    difference: heads.map(({ difference }) => difference),
    directEffect: heads.map(({ directEffect }) => directEffect),
  };
}

/** Sums over each window's scored positions but position 0. */
async function activationSums(run: ArmRun, windows: readonly Window[]): Promise<ActivationSums[]> {
  const { model, cache } = run;
  const scales = scaleHooks(model.config);
  return withScratch(model, 'activation means', async (ops) => {
    const counted = windows.map(({ from, tokens }) => {
      const first = Math.max(1, from);
      return Array.from({ length: Math.max(0, tokens.length - 1 - first) }, (_, i) => first + i);
    });
    const neurons = counted.map((positions, batch) => {
      if (positions.length === 0) return null;
      const at = uploadIds(
        ops,
        positions.map((position) => batch * cache.pos + position),
      );
      const some = ops.embed(cache.get(neuronHook(model.config)), at, 'activations'); // [positions, d_mlp]
      const ones = uploadRows(ops, [positions.map(() => 1)], 'ones');
      return ops.linear(ones, some, null); // [1, d_mlp]
    });
    const values = await ops.read([
      ...neurons.filter((each) => each !== null),
      ...scales.map((hook) => cache.get(hook)),
    ]);
    const sigma = values.slice(values.length - scales.length);
    let next = 0;
    return counted.map((positions, batch): ActivationSums => {
      const at = (scale: Float32Array) =>
        positions.reduce((sum, position) => sum + (scale[batch * cache.pos + position] as number), 0);
      return {
        positions: positions.length,
        neurons: neurons[batch] ? (values[next++] as Float32Array) : new Float32Array(model.config.dMlp),
        scales: sigma.map(at),
      };
    });
  });
}
