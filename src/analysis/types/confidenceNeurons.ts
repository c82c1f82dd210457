/** What `confidence-neurons` says: the last layer's neurons by weights, and their activations. */

import type { LabelledTensor } from '../../tensor/tensor.ts';

export interface NeuronStats {
  neuron: number;
  /** ‖w_out‖, centred. */
  norm: number;
  /** Variance over the vocabulary (n − 1) of the cosine between w_out and the tokens' unembedding. */
  logitVar: number;
  /** norm ÷ logitVar: the ranking. */
  score: number;
  /** Place in this arm's own ranking, 0 first. */
  rank: number;
  /** Squared share of w_out in the effective null space; all directions together give 1. */
  nullShare: number;
}

export interface ConfidenceNeuronsArm {
  /** The last layer, whose neurons these are. */
  layer: number;
  /** Whose ranking chose `neurons`. */
  by: string;
  /** The k best of `by`, the same indices on every arm. */
  neurons: number[];
  /** Those neurons measured on this arm's own weights, in the order of `neurons`. */
  stats: NeuronStats[];
  /** This arm's own k best. */
  ranking: NeuronStats[];
  /** [position, neuron]: mlp.hook_post of `neurons`. */
  activations: LabelledTensor;
  /** Singular values of the unembedding (gain folded, centred), descending, and how many of the last span the null space. */
  singularValues: number[];
  nullDimension: number;
}
