/** Whether an unembedding has an effective null space at all: without one, no neuron can be a confidence neuron. */

import type { ConfidenceNeuronsArm } from '../../analysis/types/index.ts';

export interface NullSpace {
  /** Smallest singular value but the exact zero, over the largest and over the median one. */
  ofLargest: number;
  ofMedian: number;
  /** True where the spectrum falls off at its end, so that writing there hardly moves any logit. */
  effective: boolean;
}

/** GPT-2 small's spectrum ends below a quarter of its median; a spectrum that ends above this share has no cliff. */
const CLIFF = 0.3;

export function nullSpaceOf({ singularValues }: Pick<ConfidenceNeuronsArm, 'singularValues'>): NullSpace {
  const count = singularValues.length;
  const smallest = singularValues[count - 2] ?? Number.NaN; // the last is the all-ones direction, zero by centring
  const ofLargest = smallest / (singularValues[0] ?? Number.NaN);
  const ofMedian = smallest / (singularValues[Math.floor(count / 2)] ?? Number.NaN);
  return { ofLargest, ofMedian, effective: ofMedian < CLIFF };
}
