/** What `token-stats` says: how well every token was foreseen. */

import type { LabelledTensor } from '../../tensor/tensor.ts';

export interface TokenStatsArm {
  /** [T]: entropy of the prediction made at each position. */
  entropy: LabelledTensor;
  /** [T − 1]: loss at position p of the actual token at p + 1. */
  loss: LabelledTensor;
  /** [T − 1]: rank at position p of the actual token at p + 1, 0 the most likely. */
  rank: LabelledTensor;
}

export interface TokenStatsBetween {
  /** [T]: KL(first ‖ second), KL(second ‖ first), Jensen–Shannon divergence. */
  kl: LabelledTensor;
  klReverse: LabelledTensor;
  jsd: LabelledTensor;
}
