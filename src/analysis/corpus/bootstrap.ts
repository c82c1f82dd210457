/** Means over tokens with an interval that knows that tokens of one window belong together. */

import { mulberry32 } from '../../base/random.ts';
import type { CorpusMean } from '../types/index.ts';

export function total(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** What one window adds to a mean: a sum over so many tokens. */
export interface Part {
  readonly sum: number;
  readonly count: number;
}

/** How often each window is drawn, one list per resample: drawn once, so that all means of an arm see the same ones. */
export function resamplesOf(windows: number, resamples: number, seed: number): Uint32Array[] {
  const roll = mulberry32(seed);
  return Array.from({ length: windows < 2 ? 0 : resamples }, () => {
    const drawn = new Uint32Array(windows);
    for (let i = 0; i < windows; i++) drawn[Math.floor(roll() * windows)]! += 1;
    return drawn;
  });
}

/** Σ sums ÷ Σ counts; its interval holds the middle 95 % of what the resamples of the windows give. NaN of no tokens. */
export function meanOf(parts: readonly Part[], resamples: readonly Uint32Array[]): CorpusMean {
  const ratio = (drawn: Uint32Array | null) => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < parts.length; i++) {
      const [times, part] = [drawn ? (drawn[i] as number) : 1, parts[i] as Part];
      sum += times * part.sum;
      count += times * part.count;
    }
    return sum / count;
  };
  const means = Float64Array.from(resamples, ratio).filter(Number.isFinite).sort();
  const interval: CorpusMean['interval'] =
    means.length === 0 ? null : [quantile(means, 0.025), quantile(means, 0.975)];
  return { mean: ratio(null), interval };
}

/** The value below which this share of an ascending list lies, between its entries by a straight line; NaN of none. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const place = share * (ascending.length - 1);
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  const [a, b] = [ascending[low] ?? Number.NaN, ascending[high] ?? Number.NaN];
  return a === b || low === high ? a : a + (place - low) * (b - a);
}
