/** How arms do on a whole text (SCIENCE §8): parameters and results of `corpus`. */

import type { DirectEffectError } from './directEffect.ts';
import type { DlaConvention } from './dla.ts';

/** What else may be measured on the way, each costing its own work. */
export type CorpusExtra = 'activation-means' | 'direct-effect' | 'attribution';

export interface CorpusParameters {
  /**
   * In place of `text`: documents, texts or lists of ids. They are read as one stream with <|endoftext|> between two of
   * them, as the paper does. `tokens` is a single document of ids.
   */
  documents?: (string | number[])[];
  /** Tokens fed at a time, BOS included. Default the smaller of n_ctx and 256; the paper: 1024. */
  window?: number;
  /**
   * How many tokens of the text a window begins after the one before. Default, and most: as many as a window holds, so
   * that windows do not overlap. With less, only the new positions of a window count: every token is scored once, from
   * window − stride tokens of context or more.
   */
  stride?: number;
  /** Whether every window begins with BOS, which is not scored itself. Default false, as in the paper. */
  prependBos?: boolean;
  want?: CorpusExtra[];
  /** Last-layer neurons (1 to 64) to hold at a mean, all at once, and what that does to entropy and loss. */
  ablate?: {
    neurons: number[];
    /** By arm, the mean of every last-layer neuron: d_mlp values, as `means.neurons.mean` gives them. Default each window's own. */
    means?: Record<string, number[]>;
  };
  /** Places listed per arm and between two: the largest losses, the largest disagreements. Default 20. */
  listed?: number;
  /** Resamples of the windows for the confidence intervals. Default 1000; 0 for none. */
  resamples?: number;
  /** Of the resampling: a whole number from 0 to 2³² − 1. Default 0. */
  seed?: number;
}

/** A mean over scored positions, with its 95 % interval by bootstrap over windows; null below two windows. */
export interface CorpusMean {
  mean: number;
  interval: [low: number, high: number] | null;
}

/** A scored position: the token that came, and what was read before it. */
export interface CorpusPlace {
  window: number;
  /** Where in the window, BOS included, the prediction is made: the token that came stands one further. */
  position: number;
  /** Of the token that came, in the whole text. */
  index: number;
  id: number;
  piece: string;
  /** All that was read in this window up to the prediction, BOS included. */
  context: { ids: number[]; pieces: string[] };
}

export interface CorpusLoss extends CorpusPlace {
  loss: number;
}

/** A position whose numbers cannot be averaged: the loss is not finite, or a logit is beyond ±10⁴. */
export interface CorpusOutlier extends CorpusLoss {
  /** The logit of largest magnitude. */
  logit: number;
}

/** Of the positions whose likeliest token has a probability in (from, to]. */
export interface CalibrationBin {
  from: number;
  to: number;
  count: number;
  /** Mean probability of the likeliest token; null where the bin is empty. */
  confidence: number | null;
  /** How often it was the token that came; null where the bin is empty. */
  accuracy: number | null;
}

/** Of the positions that were predicted from `from` < tokens read ≤ `to`, BOS included. */
export interface ContextBin {
  from: number;
  to: number;
  count: number;
  /** Null where the bin is empty. */
  loss: CorpusMean | null;
}

/** Means over every scored position's own column of the run but position 0, for ablations and surgery of other prompts. */
export interface ActivationMeans {
  positions: number;
  /** Mean activation (after the GELU) of every neuron of the last layer: `mean` of a neuron ablation. */
  neurons: { layer: number; mean: number[] };
  /** Mean σ of every norm, by its hook; empty without LayerNorm, where nothing is divided. */
  scales: { site: string; mean: number }[];
}

/**
 * Attribution of heads against their measured direct effect (see `direct-effect`), a sample a window: its last scored
 * position, explaining the token that came (centred logit). The paper's samples are the last positions of its sequences,
 * too, where its code explains the last token read.
 */
export interface CorpusDirectEffect extends DirectEffectError {
  /** Each head's own NMAE over the samples, in per cent. */
  heads: { layer: number; head: number; nmae: number }[];
}

/** One part's shares of the logit of the token that came. */
export interface CorpusTerm {
  /** `embed`, `pos_embed`, `L0.attn`, `L0H3`, `L0.mlp`, `b_U`: as in dla. */
  label: string;
  layer?: number;
  head?: number;
  /** Mean share, signed: where it helps and where it harms cancel out. */
  mean: number;
  /** Mean |share|. */
  size: CorpusMean;
}

/**
 * Direct logit attribution averaged: `dla-per-position` with unit 'head' and the token that came as target, over all
 * scored positions but outliers. Position 0 of a window counts where it is scored.
 */
export interface CorpusAttribution {
  positions: number;
  /** embed, pos_embed, every layer's attn (heads and b_O) and mlp, b_U: their means add up to `actual`. */
  terms: CorpusTerm[];
  /** Layer by layer: with b_O, what the attn terms are made of. */
  heads: CorpusTerm[];
  /** Mean of the model's own logits of the tokens that came. */
  actual: number;
  /** The largest |sum − actual| of any position. */
  error: number;
  /** Positions where it is beyond dla's tolerance. */
  unclosed: number;
  convention: Omit<DlaConvention, 'scale'>;
}

/** What the ablated neurons change, in nats: after − before. */
export interface CorpusChange {
  /** The final norm's σ recomputed, and frozen. */
  total: CorpusMean;
  direct: CorpusMean;
  /** Of |total change|. */
  medianSize: number;
  /** 1 − mean |direct| ÷ mean |total|; null where nothing changes. */
  lnShare: number | null;
}

/** See `neuron-ablation`: over all scored positions but outliers and position 0. */
export interface CorpusAblation {
  neurons: number[];
  mean: 'window' | 'given';
  positions: number;
  entropy: CorpusChange;
  loss: CorpusChange;
}

/** How far a reading has come. */
export interface CorpusCoverage {
  windows: number;
  ofWindows: number;
  /** Scored positions. */
  tokens: number;
  ofTokens: number;
  complete: boolean;
}

/** One arm on a text. Losses and entropies in nats a token. */
export interface CorpusArm {
  coverage: CorpusCoverage;
  /** Over all positions that are no outliers, as all means below. */
  loss: CorpusMean;
  /** The same with the outliers whose loss is finite. */
  lossWithOutliers: number;
  /** exp(loss), its interval likewise. */
  perplexity: CorpusMean;
  /** Over all scored positions, outliers included (a loss that is not finite counts as infinite). */
  median: number;
  /** The middle 95 % and 99.9 % of them. */
  range95: [number, number];
  range999: [number, number];
  entropy: CorpusMean;
  /** How often the likeliest token was the one that came. */
  accuracy: number;
  /** Expected calibration error: Σ (n_b/n)·|confidence_b − accuracy_b| over the ten bins. */
  ece: number;
  calibration: CalibrationBin[];
  byContext: ContextBin[];
  /** The largest losses, outliers aside. */
  worst: CorpusLoss[];
  /** Listed as far as `listed` allows, in the order of the text. */
  outliers: { count: number; nonFinite: number; places: CorpusOutlier[] };
  means: ActivationMeans | null;
  directEffect: CorpusDirectEffect | null;
  ablation: CorpusAblation | null;
  attribution: CorpusAttribution | null;
}

export interface CorpusDisagreement extends CorpusPlace {
  /** Null where the arms take turns on the device. */
  jsd: number | null;
  /** Of both arms. */
  losses: [first: number, second: number];
}

/** Two arms on the positions that are outliers of neither; differences second − first. */
export interface CorpusBetween {
  coverage: CorpusCoverage;
  /** Jensen–Shannon divergence. Null where the arms take turns on the device: then they never meet. */
  jsd: CorpusMean | null;
  deltaLoss: CorpusMean;
  /** Positions by their difference of losses, and what each kind adds to its mean: the three add up to it. */
  bands: { band: '< −0.5' | '−0.5 … 0.5' | '> 0.5'; count: number; contribution: number }[];
  /** The largest JSD first; of arms that take turns the largest |Δ loss|. */
  by: 'jsd' | 'loss';
  places: CorpusDisagreement[];
}

/** What `corpus` says beside its arms. */
export interface CorpusReport {
  /** Of what every arm has read; a partial result says so here. */
  coverage: CorpusCoverage;
  /** As used, defaults filled in. */
  reading: {
    window: number;
    stride: number;
    prependBos: boolean;
    /** Tokens of the text, separators included. */
    tokens: number;
    documents: number;
    /** Documents without any token, passed over. */
    emptyDocuments: number;
    seed: number;
    resamples: number;
    /** In a sentence. */
    convention: string;
  };
}
