/** What the windows read so far come to: an arm's numbers, two arms' differences, and how much of the text that covers. */

import { must } from '../../base/assert.ts';
import { scaleHooks } from '../../model/hooks.ts';
import type { ModelConfig } from '../../tensor/params.ts';
import { errorsOf, nmae, termNmae } from '../directEffectError.ts';
import type {
  ActivationMeans,
  CalibrationBin,
  ContextBin,
  CorpusAblation,
  CorpusArm,
  CorpusBetween,
  CorpusChange,
  CorpusCoverage,
  CorpusDirectEffect,
  CorpusDisagreement,
  CorpusLoss,
  CorpusPlace,
} from '../types/index.ts';
import { attributionOf } from './attribution.ts';
import { meanOf, type Part, quantile, resamplesOf, total } from './bootstrap.ts';
import {
  type ActivationSums,
  type ArmWindow,
  CALIBRATION_BINS,
  countedIn,
  type Shard,
  type WindowRecord,
} from './records.ts';
import type { Ablate } from './score.ts';
import { indexInText, type Reading, scoredIn, scoredTokens, windowCount } from './windows.ts';

export interface SummaryOptions {
  readonly listed: number;
  readonly resamples: number;
  readonly seed: number;
  readonly ablate: Ablate | null;
  /** The text of a token. */
  readonly piece: (id: number) => string;
}

/** Tokens read before a prediction, as in the paper's code; the last bin ends with the window. */
const CONTEXT_EDGES = [0, 25, 50, 75, 100, 150, 512, 1024];

/** Differences of losses that count as none (the paper's bands). */
const BAND = 0.5;

type Of<T> = { readonly record: WindowRecord; readonly own: T };

/** Of the windows that these arms have all read. */
export function coverageOf(shard: Shard, reading: Reading, arms: readonly string[]): CorpusCoverage {
  const read = inOrder(shard).filter((record) => arms.every((arm) => record.arms[arm]));
  const [ofWindows, ofTokens] = [windowCount(reading), scoredTokens(reading)];
  return {
    windows: read.length,
    ofWindows,
    tokens: read.reduce((sum, record) => sum + scoredIn(record), 0),
    ofTokens,
    complete: read.length === ofWindows,
  };
}

/** One arm's numbers on the windows that it has read. */
export function corpusArm(
  shard: Shard,
  reading: Reading,
  arm: string,
  config: ModelConfig,
  options: SummaryOptions,
): CorpusArm {
  const read = inOrder(shard).flatMap((record): Of<ArmWindow>[] => {
    const own = record.arms[arm];
    return own ? [{ record, own }] : [];
  });
  const resamples = resamplesOf(read.length, options.resamples, options.seed);
  const mean = (part: (of: Of<ArmWindow>) => Part) => meanOf(read.map(part), resamples);
  const loss = mean(({ own }) => kept(own, () => true));
  const ascending = sortedLosses(read);
  const bins = calibrationOf(read);
  const counted = bins.reduce((sum, { count }) => sum + count, 0);
  const everyFinite = read.map(({ own }) => own.losses.filter(Number.isFinite));
  return {
    coverage: coverageOf(shard, reading, [arm]),
    loss,
    lossWithOutliers:
      total(everyFinite.map((losses) => total(losses))) / total(everyFinite.map(({ length }) => length)),
    perplexity: {
      mean: Math.exp(loss.mean),
      interval: loss.interval && [Math.exp(loss.interval[0]), Math.exp(loss.interval[1])],
    },
    median: quantile(ascending, 0.5),
    range95: [quantile(ascending, 0.025), quantile(ascending, 0.975)],
    range999: [quantile(ascending, 0.0005), quantile(ascending, 0.9995)],
    entropy: mean(({ own }) => ({ sum: own.entropy, count: own.losses.length - own.outliers.length })),
    accuracy: total(bins.map(({ count, accuracy }) => count * (accuracy ?? 0))) / counted,
    ece:
      total(
        bins.map(({ count, confidence, accuracy }) => count * Math.abs((confidence ?? 0) - (accuracy ?? 0))),
      ) / counted,
    calibration: bins,
    byContext: contextBins(reading).map(({ from, to }): ContextBin => {
      const part = ({ record, own }: Of<ArmWindow>) =>
        kept(own, (at) => record.from + at >= from && record.from + at < to);
      const count = total(read.map((of) => part(of).count));
      return { from, to, count, loss: count === 0 ? null : mean(part) };
    }),
    worst: largest(
      read.flatMap(({ record, own }) =>
        countedIn(own).map((at) => ({ record, at, value: own.losses[at] as number })),
      ),
      options.listed,
    ).map(({ record, at, value }): CorpusLoss => ({ ...placeOf(record, at, options), loss: value })),
    outliers: {
      count: total(read.map(({ own }) => own.outliers.length)),
      nonFinite:
        total(read.map(({ own }) => own.losses.length)) - total(everyFinite.map(({ length }) => length)),
      places: read
        .flatMap(({ record, own }) => own.outliers.map((outlier) => ({ record, own, ...outlier })))
        .slice(0, options.listed)
        .map(({ record, own, at, logit }) => ({
          ...placeOf(record, at, options),
          loss: own.losses[at] as number,
          logit,
        })),
    },
    means: meansOf(shard.sums[arm], config),
    directEffect: directEffectOf(read, config),
    ablation: options.ablate && ablationOf(read, options.ablate, resamples),
    attribution: attributionOf(
      read.map(({ own }) => own.attribution ?? null),
      config,
      resamples,
    ),
  };
}

/** Two arms' differences on the windows that both have read. */
export function corpusBetween(
  shard: Shard,
  reading: Reading,
  [first, second]: readonly [string, string],
  options: SummaryOptions,
): CorpusBetween {
  const read = inOrder(shard).flatMap((record): Of<Meeting>[] => {
    const [a, b] = [record.arms[first], record.arms[second]];
    if (!a || !b) return [];
    const deltas = countedIn(a, b).map((at) => ({
      at,
      delta: (b.losses[at] as number) - (a.losses[at] as number),
    }));
    return [{ record, own: { a, b, deltas, met: record.between[`${first}|${second}`] ?? null } }];
  });
  const resamples = resamplesOf(read.length, options.resamples, options.seed);
  const mean = (part: (of: Meeting) => Part) =>
    meanOf(
      read.map(({ own }) => part(own)),
      resamples,
    );
  const sumOf = ({ deltas }: Meeting) => total(deltas.map(({ delta }) => delta));
  const all = read.flatMap(({ own }) => own.deltas.map(({ delta }) => delta));
  const met = read.length > 0 && read.every(({ own }) => own.met);
  const candidates = met
    ? read.flatMap(({ record, own }) =>
        must(own.met, 'arms that never met').top.map(({ at, jsd }) => ({ record, own, at, value: jsd })),
      )
    : read.flatMap(({ record, own }) =>
        own.deltas.map(({ at, delta }) => ({ record, own, at, value: Math.abs(delta) })),
      );
  const band = (name: CorpusBetween['bands'][number]['band'], holds: (delta: number) => boolean) => {
    const some = all.filter(holds);
    return { band: name, count: some.length, contribution: total(some) / all.length };
  };
  return {
    coverage: coverageOf(shard, reading, [first, second]),
    jsd: met ? mean(({ met, deltas }) => ({ sum: met?.jsd ?? 0, count: deltas.length })) : null,
    deltaLoss: mean((of) => ({ sum: sumOf(of), count: of.deltas.length })),
    bands: [
      band('< −0.5', (delta) => delta < -BAND),
      band('−0.5 … 0.5', (delta) => Math.abs(delta) <= BAND),
      band('> 0.5', (delta) => delta > BAND),
    ],
    by: met ? 'jsd' : 'loss',
    places: largest(candidates, options.listed).map(
      ({ record, own, at, value }): CorpusDisagreement => ({
        ...placeOf(record, at, options),
        jsd: met ? value : null,
        losses: [own.a.losses[at] as number, own.b.losses[at] as number],
      }),
    ),
  };
}

/** Two arms on one window. */
interface Meeting {
  readonly a: ArmWindow;
  readonly b: ArmWindow;
  /** Second − first, of positions that are outliers of neither. */
  readonly deltas: readonly { at: number; delta: number }[];
  readonly met: WindowRecord['between'][string] | null;
}

const inOrder = ({ windows }: Shard) => [...windows.values()].sort((a, b) => a.index - b.index);

/** The losses of some scored positions that are no outliers. */
function kept(arm: ArmWindow, which: (at: number) => boolean): Part {
  const losses = countedIn(arm)
    .filter(which)
    .map((at) => arm.losses[at] as number);
  return { sum: total(losses), count: losses.length };
}

function sortedLosses(read: readonly Of<ArmWindow>[]): Float32Array {
  const all = new Float32Array(total(read.map(({ own }) => own.losses.length)));
  let at = 0;
  for (const { own } of read) {
    all.set(own.losses, at);
    at += own.losses.length;
  }
  return all.sort();
}

function calibrationOf(read: readonly Of<ArmWindow>[]): CalibrationBin[] {
  return Array.from({ length: CALIBRATION_BINS }, (_, bin) => {
    const sum = (of: 'count' | 'confidence' | 'correct') =>
      total(read.map(({ own }) => own.calibration[of][bin] as number));
    const count = sum('count');
    return {
      from: bin / CALIBRATION_BINS,
      to: (bin + 1) / CALIBRATION_BINS,
      count,
      confidence: count === 0 ? null : sum('confidence') / count,
      accuracy: count === 0 ? null : sum('correct') / count,
    };
  });
}

function contextBins({ window }: Reading): { from: number; to: number }[] {
  const most = window - 1; // the last token of a window is only predicted
  const edges = [...CONTEXT_EDGES.filter((edge) => edge < most), most];
  return edges.slice(1).map((to, i) => ({ from: edges[i] as number, to }));
}

/** The largest of them, the earlier in the text first among equals. */
function largest<T extends { record: WindowRecord; at: number; value: number }>(
  places: T[],
  most: number,
): T[] {
  return places
    .sort((a, b) => b.value - a.value || a.record.index - b.record.index || a.at - b.at)
    .slice(0, most);
}

function placeOf(record: WindowRecord, at: number, { piece }: SummaryOptions): CorpusPlace {
  const position = record.from + at;
  const id = must(record.tokens[position + 1], 'a place without a token');
  const ids = record.tokens.slice(0, position + 1);
  return {
    window: record.index,
    position,
    index: indexInText(record, position),
    id,
    piece: piece(id),
    context: { ids, pieces: ids.map(piece) },
  };
}

function ablationOf(
  read: readonly Of<ArmWindow>[],
  { neurons, means }: Ablate,
  resamples: readonly Uint32Array[],
): CorpusAblation {
  const changes = read.flatMap(({ own }) => own.ablation ?? []);
  const change = (of: 'entropy' | 'loss'): CorpusChange => {
    const all = (kind: 'Total' | 'Direct') => changes.map((each) => each[`${of}${kind}`]);
    const mean = (lists: readonly Float32Array[]) =>
      meanOf(
        lists.map((list) => ({ sum: total(list), count: list.length })),
        resamples,
      );
    const sizes = (lists: readonly Float32Array[]) =>
      Float32Array.from(
        lists.flatMap((list) => [...list]),
        Math.abs,
      ).sort();
    const [totals, directs] = [sizes(all('Total')), sizes(all('Direct'))];
    return {
      total: mean(all('Total')),
      direct: mean(all('Direct')),
      medianSize: quantile(totals, 0.5),
      lnShare: total(totals) === 0 ? null : 1 - total(directs) / total(totals),
    };
  };
  return {
    neurons: [...neurons],
    mean: means ? 'given' : 'window',
    positions: total(changes.map(({ lossTotal }) => lossTotal.length)),
    entropy: change('entropy'),
    loss: change('loss'),
  };
}

function directEffectOf(
  read: readonly Of<ArmWindow>[],
  { nLayers, nHeads }: ModelConfig,
): CorpusDirectEffect | null {
  const samples = read.flatMap(({ own }) => own.effects ?? []);
  if (samples.length === 0) return null;
  const errors = errorsOf(
    samples.flatMap(({ difference }) => difference),
    samples.flatMap(({ directEffect }) => directEffect),
    nLayers * nHeads,
  );
  const heads = termNmae(errors).map((nmae, i) => ({
    layer: Math.floor(i / nHeads),
    head: i % nHeads,
    nmae,
  }));
  return { over: 'heads', ...nmae(errors), heads };
}

function meansOf(sums: ActivationSums | undefined, config: ModelConfig): ActivationMeans | null {
  if (!sums || sums.positions === 0) return null;
  const { positions, neurons, scales } = sums;
  return {
    positions,
    neurons: { layer: config.nLayers - 1, mean: Array.from(neurons, (sum) => sum / positions) },
    scales: scaleHooks(config).map((site, i) => ({ site, mean: (scales[i] as number) / positions })),
  };
}
