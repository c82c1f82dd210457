/** What `logit-lens` says: what every layer's residual stream would predict, were it the last. */

import type { LabelledTensor } from '../../tensor/tensor.ts';
import type { TokenRef } from './tokenRef.ts';

/** What divides the residual before it is unembedded: its own σ, or the σ that this position's final residual has. */
export type LensScale = 'recomputed' | 'frozen';

/** Where in a block the residual stream is read. */
export type LensHook = 'resid_pre' | 'resid_mid' | 'resid_post';

export interface LogitLensParameters {
  /** Likeliest tokens named per layer and position. Default 5. */
  k?: number;
  /** Default all; negative ones count from the end. */
  positions?: number[];
  /** Default 'recomputed'. An LN-free arm has no scale: there it makes no difference. */
  scale?: LensScale;
  /** Where each layer is read. Default ['resid_post']. */
  hooks?: LensHook[];
  /** The token asked about at every position. Default: each position's actual next token. */
  target?: TokenRef;
  /** Further tokens to follow through the layers, at every position. */
  track?: TokenRef[];
}

/** One token through layers and positions. */
export interface LensTrack {
  id: number;
  piece: string;
  /** [depth, position]: ln of its probability. */
  logprob: LabelledTensor;
  /** [depth, position], 0 the likeliest. */
  rank: LabelledTensor;
}

export interface LogitLensArm {
  /** The rows: full hook names in the order of the forward pass, e.g. `blocks.0.hook_resid_post`. */
  hooks: string[];
  /** The columns, counted from 0. */
  positions: number[];
  /** `none`: LN-free, there is no scale to choose. `scale` [position]: the final σ there, which `frozen` divides by. */
  convention: { finalScale: LensScale | 'none'; scale: LabelledTensor };
  /** [depth, position, rank], likeliest first: token ids, and ln of their probabilities. */
  top: { ids: LabelledTensor; logprobs: LabelledTensor };
  /** The token asked about at each of `positions`; null where the prompt has no next token. */
  target: (number | null)[];
  /** [depth, position]: ln probability and rank of that token, NaN where there is none. */
  targetLogprob: LabelledTensor;
  targetRank: LabelledTensor;
  /** [depth, position]: entropy of the prediction, nats. */
  entropy: LabelledTensor;
  /** In the order of `track`. */
  tracked: LensTrack[];
  /** The text of every token named above, by its id. */
  pieces: Record<number, string>;
}

/** Second arm − first arm, [depth, position]. */
export interface LogitLensBetween {
  targetLogprob: LabelledTensor;
  targetRank: LabelledTensor;
  entropy: LabelledTensor;
  /** 1 where both arms' likeliest token is the same, else 0. */
  sameTop: LabelledTensor;
  /** Per tracked token the difference of its ln probability. */
  tracked: LabelledTensor[];
  /** KL(first ‖ second), KL(second ‖ first) and their Jensen–Shannon divergence, nats; null where the arms take turns on the device. */
  kl: LabelledTensor | null;
  klReverse: LabelledTensor | null;
  jsd: LabelledTensor | null;
}
