/** The per-arm and between-arm results of every analysis: plain data, as they cross to the page, scripts and exports. */

import type { LabelledTensor } from '../tensor/tensor.ts';

/** Nats everywhere; positions count from 0 in the tokens actually fed. */

// --- predictions ------------------------------------------------------------------------------

export interface TokenScore {
  id: number;
  piece: string;
  /** As the model gives it: f32, not centred. */
  logit: number;
  /** logit − mean logit over the vocabulary at this position. */
  centeredLogit: number;
  prob: number;
  /** 0 is the most likely. */
  rank: number;
}

export interface PredictionsArm {
  position: number;
  top: TokenScore[];
  /** The tokens asked for by `score`, in that order. */
  asked?: TokenScore[];
  entropy: number;
  meanLogit: number;
  /** The actual next token of the prompt with its score, null at the last position. */
  next: TokenScore | null;
  /** −ln prob of that token. */
  loss: number | null;
}

/** `difference` is second arm − first arm of the key 'first|second'. */
export interface PredictionsRow {
  id: number;
  piece: string;
  first: Omit<TokenScore, 'id' | 'piece'>;
  second: Omit<TokenScore, 'id' | 'piece'>;
  difference: { logit: number; centeredLogit: number; prob: number; rank: number };
}

export interface PredictionsBetween {
  position: number;
  /** Union of both top-k, by falling mean probability. */
  rows: PredictionsRow[];
}

// --- token-stats ------------------------------------------------------------------------------

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

// --- dla --------------------------------------------------------------------------------------

export type DlaUnit = 'component' | 'head' | 'neuron' | 'head-source';

export interface DlaTerm {
  /** `embed`, `pos_embed`, `L0.attn`, `L0H3`, `L0.b_O`, `L0.mlp`, `L0N17`, `L0.b_out`, `L0H3←5`, `b_U`. */
  label: string;
  layer?: number;
  head?: number;
  neuron?: number;
  /** Key position a head read from. */
  source?: number;
  value: number;
}

export interface DlaConvention {
  /** frozen: this run's own final scale at this position divides every term. none: LN-free, there is no scale. */
  finalScale: 'frozen' | 'none';
  /** The divisor: σ at this position, 1 on an LN-free arm. */
  scale: number;
  centerUnembed: boolean;
  valueBias: 'head' | 'folded';
}

export interface DlaArm {
  position: number;
  target: number[];
  contrast: number[];
  unit: DlaUnit;
  terms: DlaTerm[];
  sum: number;
  /** From the model's own logits, independently of the terms. */
  actual: number;
  /** |sum − actual|. */
  error: number;
  /** What `error` may be: 1e-4·max(1, |actual|), 1e-3 in place of 1e-4 where a term exceeds 100. */
  tolerance: number;
  convention: DlaConvention;
}

/** Second arm − first arm, term by term. */
export interface DlaBetween {
  terms: DlaTerm[];
  sum: number;
  actual: number;
}

// --- dla-per-position ------------------------------------------------------------------------

export type DlaPerPositionUnit = 'head' | 'neuron';

/** The terms of dla's unit 'component' at every position that has a target; together they add up to `sum`. */
export interface DlaPerPositionTerms {
  /** [position]. */
  embed: LabelledTensor;
  /** [position]. */
  pos_embed: LabelledTensor;
  /** [position, layer]: b_O inside. With unit 'head' added up from the heads. */
  attn: LabelledTensor;
  /** [position, layer]: b_out inside. With unit 'neuron' added up from the neurons. */
  mlp: LabelledTensor;
  /** [position]. */
  b_U: LabelledTensor;
}

export interface DlaPerPositionArm {
  unit: DlaPerPositionUnit;
  /** What each position's terms explain, from position 0: as many positions as there are targets. */
  targets: number[];
  /** One for each target, or none at all. */
  contrasts: number[];
  terms: DlaPerPositionTerms;
  /** Of unit 'head', [position, layer, head]: what `terms.attn` is made of, with b_O; value biases inside. */
  heads?: LabelledTensor;
  /** Of unit 'neuron': for each position the k neurons of all layers with the largest |value|, falling. */
  neurons?: DlaTerm[][];
  /** [position]. */
  sum: LabelledTensor;
  /** [position]: the model's own logit, computed apart from the terms. */
  actual: LabelledTensor;
  /** [position]: |sum − actual|. */
  error: LabelledTensor;
  /** [position]: what `error` may be, as in dla. */
  tolerance: LabelledTensor;
  /** `scale` [position]. */
  convention: Omit<DlaConvention, 'scale'> & { scale: LabelledTensor };
}

/** Second arm − first arm. */
export interface DlaPerPositionBetween {
  terms: DlaPerPositionTerms;
  /** Of unit 'head'. */
  heads?: LabelledTensor;
  sum: LabelledTensor;
  actual: LabelledTensor;
}

// --- confidence-neurons -----------------------------------------------------------------------

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
