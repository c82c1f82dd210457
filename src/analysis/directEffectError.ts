/** How far attribution is from the measured direct effect: NMAE in both published definitions, with bootstrap intervals. */

import { mulberry32 } from '../base/random.ts';
import type { DirectEffectError, Estimate } from './types/index.ts';

export const RESAMPLES = 1000;
export const SEED = 0;

/** |dla − directEffect| and |directEffect| of some terms at some positions, [position, term] each. */
export interface Errors {
  readonly terms: number;
  readonly positions: number;
  readonly error: Float64Array;
  readonly size: Float64Array;
}

/** From differences and direct effects, [position, term] each. */
export function errorsOf(
  difference: ArrayLike<number>,
  directEffect: ArrayLike<number>,
  terms: number,
): Errors {
  return {
    terms,
    positions: difference.length / terms,
    error: Float64Array.from(difference, Math.abs),
    size: Float64Array.from(directEffect, Math.abs),
  };
}

/** 100·Σ error ÷ Σ size of each term, over the positions, in per cent. */
export function termNmae({ terms, positions, error, size }: Errors): number[] {
  return Array.from({ length: terms }, (_, term) => {
    let [errors, sizes] = [0, 0];
    for (let p = 0; p < positions; p++) {
      errors += error[p * terms + term] as number;
      sizes += size[p * terms + term] as number;
    }
    return (100 * errors) / sizes;
  });
}

/**
 * Both definitions (SCIENCE §5): the pooled ratio, resampled over (term, position) pairs, and the mean of the terms' own
 * NMAE (paper eq. 9–10), resampled over terms. Seeded: the same numbers give the same interval.
 */
export function nmae(errors: Errors): Omit<DirectEffectError, 'over'> {
  const { terms, positions, error, size } = errors;
  const own = termNmae(errors);
  const random = mulberry32(SEED);
  const pooled = bootstrap(error.length, random, (draw, count) => {
    let [errorSum, sizeSum] = [0, 0];
    for (let i = 0; i < count; i++) {
      const pair = draw(i);
      errorSum += error[pair] as number;
      sizeSum += size[pair] as number;
    }
    return (100 * errorSum) / sizeSum;
  });
  const meanOfTerms = bootstrap(terms, random, (draw, count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += own[draw(i)] as number;
    return sum / count;
  });
  return { terms, positions, pooled, meanOfTerms, resamples: RESAMPLES, seed: SEED };
}

/** A statistic of `count` items, and the 2.5th and 97.5th percentile of it over items drawn with replacement. */
function bootstrap(
  count: number,
  random: () => number,
  statistic: (draw: (i: number) => number, count: number) => number,
): Estimate {
  const anyItem = () => Math.floor(random() * count);
  const resampled = Float64Array.from({ length: RESAMPLES }, () => statistic(anyItem, count)).sort();
  const quantile = (share: number) => resampled[Math.round(share * (RESAMPLES - 1))] as number;
  return { value: statistic((i) => i, count), low: quantile(0.025), high: quantile(0.975) };
}
