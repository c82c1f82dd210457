/** Whether an unembedding has an effective null space at all: without one, no neuron can be a confidence neuron. */

import type { ConfidenceNeuronsArm } from '../analysis/types/index.ts';

export interface NullSpace {
  /** Smallest singular value but the exact zero, over the largest and over the median one. */
  ofLargest: number;
  ofMedian: number;
  /** How many directions, all-ones not counted, lie beyond the cliff: hardly read, or not at all. */
  dimension: number;
  /** True where the spectrum falls off at its end, so that writing there hardly moves any logit. */
  effective: boolean;
}

/** GPT-2 small's spectrum ends below a quarter of its median; a spectrum that ends above this share has no cliff. */
export const CLIFF = 0.3;

export function nullSpaceOf({ singularValues }: Pick<ConfidenceNeuronsArm, 'singularValues'>): NullSpace {
  const counted = [...singularValues].slice(0, -1); // the last is the all-ones direction, zero by centring
  const smallest = counted.at(-1) ?? Number.NaN;
  const median = singularValues[Math.floor(singularValues.length / 2)] ?? Number.NaN;
  const dimension = counted.filter((value) => value < CLIFF * median).length;
  return {
    ofLargest: smallest / (singularValues[0] ?? Number.NaN),
    ofMedian: smallest / median,
    dimension,
    effective: dimension > 0,
  };
}
