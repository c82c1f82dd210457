/** What `head-circuits` says: a head's weights as maps from token to token. */

import type { LabelledTensor } from '../../tensor/tensor.ts';
import type { TokenRef } from './tokenRef.ts';
import type { TokenPush } from './writes.ts';

/**
 * How a token's embedding enters the head, without any position's. `norm`: through the layer's ln1 as the model would, σ
 * of the bare embedding, biases inside. `gain`: through ln1's centring and gain only, no σ and no bias: the bilinear forms.
 */
export type HeadInput = 'norm' | 'gain';

export interface HeadCircuitsParameters {
  layer: number;
  head: number;
  /** The tokens to go from and to, at most 64. Default: the prompt's, each once. */
  among?: TokenRef[];
  /** Default 'norm'. */
  input?: HeadInput;
  /** Tokens of the whole vocabulary that each source token pushes most. Default 3. */
  k?: number;
}

export interface HeadCircuitsArm {
  layer: number;
  head: number;
  tokens: { id: number; piece: string }[];
  /** [source, output]: logits of the output token written where the head attends to the source token alone. */
  ov: LabelledTensor;
  /** [query, key]: the attention score, ÷ √d_head, before the softmax. Order in the text and causality left out. */
  qk: LabelledTensor;
  /** For each source token, what it pushes up most in the whole vocabulary. */
  pushed: TokenPush[][];
  convention: {
    input: HeadInput;
    positions: 'left out';
    /** Of `ov`: the final gain, no final scale, less the mean over the vocabulary. */
    finalScale: 'none';
    centerUnembed: true;
  };
}

/** Second arm − first arm. */
export interface HeadCircuitsBetween {
  ov: LabelledTensor;
  qk: LabelledTensor;
}
