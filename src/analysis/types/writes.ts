/** What `writes` says: which tokens a part pushes up and down most. */

import type { LabelledTensor } from '../../tensor/tensor.ts';
import type { TokenRef } from './tokenRef.ts';

/**
 * A direction of the residual stream: d_model numbers, or the one along which one token's logit grows over another's, or
 * over the mean of the vocabulary where no other is named.
 */
export type Direction = number[] | { toward: TokenRef; away?: TokenRef };

export type WritesPart =
  | { layer: number; head: number }
  | { layer: number; mlp: true }
  | { layer: number; neuron: number }
  | { direction: Direction };

export interface WritesParameters {
  part: WritesPart;
  /**
   * What the part wrote there, divided by that position's own final scale. Left out: its weights alone, of a neuron (as
   * for an activation of 1) or a direction. A head's or an MLP's weights write no one vector, so they need a position.
   */
  position?: number;
  /** Tokens each way. Default 10. */
  k?: number;
}

export interface TokenPush {
  id: number;
  piece: string;
  /** In logits, less the mean over the vocabulary. */
  value: number;
}

export interface WritesArm {
  /** `L5H3`, `L5.mlp`, `L5N17` or `direction`. */
  label: string;
  /** null for weights alone. */
  position: number | null;
  /** The most pushed up first. */
  up: TokenPush[];
  /** The most pushed down first. */
  down: TokenPush[];
  /** [d_model]: what is written, as it is added to the residual stream, before the final norm. */
  vector: LabelledTensor;
  /** ‖vector − its mean‖. */
  norm: number;
  /** Of a neuron at a position: mlp.hook_post there. */
  activation?: number;
  convention: {
    /** frozen: divided by the run's own σ there. none: LN-free, or weights alone. */
    finalScale: 'frozen' | 'none';
    /** What is divided by; 1 where the scale is none. */
    scale: number;
    /** Values are less their mean over the vocabulary. */
    centerUnembed: true;
  };
}

export interface WritesBetween {
  /** Of the two arms' vectors, centred. */
  cosine: number;
  /** Second norm ÷ first norm. */
  normRatio: number;
}
