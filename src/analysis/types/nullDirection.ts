/** What `null-direction` says: predictions after adding the direction that the unembedding reads least. */

import type { LabelledTensor } from '../../tensor/tensor.ts';

export interface NullDirectionParameters {
  /** How much is added, in lengths of the centred final residual at the position; 1 to 128 amounts, 0 is nothing. */
  amounts: number[];
  /** Default −1, the last. */
  position?: number;
}

export interface NullDirectionArm {
  position: number;
  /** The amounts asked for; all tensors below have one value for each. */
  amounts: number[];
  /** Entropy in nats of the prediction. */
  entropy: LabelledTensor;
  /**
   * What a pure temperature would make it: every logit (b_U aside) times σ/σ′. On an LN-free arm the temperature that a
   * norm would have made of the same addition.
   */
  entropyTemperature: LabelledTensor;
  /** σ of the final norm after the addition; on an LN-free arm what it would be. */
  sigmaAfter: LabelledTensor;
  /** σ of the final norm before. */
  sigma: number;
  entropyBefore: number;
  /** (entropy − before) ÷ (entropyTemperature − before); NaN where the temperature changes nothing. */
  ratio: LabelledTensor;
  /** KL(before ‖ after) in nats. */
  kl: LabelledTensor;
  top: { id: number; piece: string; prob: number }[];
  topBefore: { id: number; piece: string; prob: number };
  /** The direction's singular value, and the largest one: how little of it is read. */
  singularValue: number;
  largestSingularValue: number;
  convention: { finalScale: 'recomputed' | 'none' };
}
