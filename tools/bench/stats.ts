/** What a benchmark says of its measurements: medians, spreads, and how sure a median of ratios is. */

import { mulberry32 } from '../../src/base/random.ts';

/** What is left of the measurements of one side. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  /** Median absolute deviation from the median. */
  readonly mad: number;
  readonly n: number;
}

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** Median absolute deviation from the median, in the unit of the values. */
export function mad(values: readonly number[]): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle)));
}

export function summarize(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), mad: mad(values), n: values.length };
}

/** mad / median: how far apart repeated measurements of one thing are. */
export function spread(values: readonly number[]): number {
  return mad(values) / median(values);
}

const RESAMPLES = 2000;
const TAIL = 0.05;

/**
 * The 90 % bootstrap interval of the median: the 5th and 95th percentile of the medians of samples drawn with
 * replacement. The same values and seed give the same interval.
 */
export function medianInterval(values: readonly number[], seed = 1): [low: number, high: number] {
  const random = mulberry32(seed);
  const draw = () => values[Math.floor(random() * values.length)] as number;
  const medians = Array.from({ length: RESAMPLES }, () => median(values.map(draw))).sort((a, b) => a - b);
  const at = (share: number) => medians[Math.round(share * (RESAMPLES - 1))] ?? Number.NaN;
  return [at(TAIL), at(1 - TAIL)];
}
