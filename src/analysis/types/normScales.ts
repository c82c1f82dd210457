/** What `norm-scales` says: what each LayerNorm divides by, and the residual stream that decides it. */

import type { LabelledTensor } from '../../tensor/tensor.ts';

export interface NormScalesParameters {
  /** Whether norms, cosines and dimensions are of x − mean(x), as a norm sees it. Default true. */
  centred?: boolean;
  /** How many dimensions are listed. Default 5. */
  k?: number;
}

/** A dimension of the residual stream that holds much of its length. */
export interface MassiveDimension {
  dimension: number;
  /** At position 0 its value; over the other positions its root mean square. */
  value: number;
  /** Of the squared length (of all those positions together), from 0 to 1. */
  share: number;
}

export interface NormScalesArm {
  norm: 'layer' | 'linear';
  /** `recorded`: what was divided by. `would-be`: √(variance + eps) of the same place, which this arm does not divide by. */
  scale: 'recorded' | 'would-be';
  /** Of the would-be scale 1e-5, GPT-2's; else the model's own. */
  eps: number;
  /** The norms in the order of the forward pass: `blocks.0.ln1`, `blocks.0.ln2`, … `ln_final`. */
  sites: string[];
  /** [site, position]. */
  sigma: LabelledTensor;
  /** Where the residual stream is looked at: hook_embed, then `blocks.0.hook_resid_pre` (with the position), mid and post of each layer. */
  stages: string[];
  centred: boolean;
  /** [stage, position]: L2 norms. */
  lengths: LabelledTensor;
  /** [stage, position]: cosine of stage s and stage s + 1; one stage fewer. */
  cosines: LabelledTensor;
  /** By stage, the largest first: at position 0, and at all later ones together (empty where there are none). */
  massive: { stage: string; first: MassiveDimension[]; rest: MassiveDimension[] }[];
}
