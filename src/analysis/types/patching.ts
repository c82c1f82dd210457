/** What `activation-patching` and `attribution-patching` ask and say (SCIENCE §7): what a metric owes to one activation of another prompt. */

import type { LabelledTensor } from '../../tensor/tensor.ts';
import type { TokenRef } from './tokenRef.ts';

/** One of two prompts, as a text or as the ids to feed. */
export type PatchPrompt = { text: string } | { tokens: number[] };

/** The hook that is replaced, in every layer: `hook_resid_pre`, …, `attn.hook_z`, `mlp.hook_post`. */
export type PatchSite =
  | 'resid_pre'
  | 'resid_mid'
  | 'resid_post'
  | 'attn_out'
  | 'mlp_out'
  | 'q'
  | 'k'
  | 'v'
  | 'z'
  | 'pattern'
  | 'mlp_pre'
  | 'mlp_post';

/**
 * How much of a site one patched run replaces. `position`: one position, whole. `head`: one head at all positions (of q, k,
 * v, z, pattern). `head-position`: one head at one position (of pattern: its query). `neuron-topk`: one neuron at all
 * positions (of mlp_pre, mlp_post), for the k whose attribution is largest.
 */
export type PatchGranularity = 'position' | 'head' | 'head-position' | 'neuron-topk';

/** `denoising`: clean activations into the corrupted run. `noising`: corrupted activations into the clean run. */
export type PatchDirection = 'denoising' | 'noising';

/** One question about two prompts of equal length. */
export interface PatchPair {
  clean: PatchPrompt;
  corrupted: PatchPrompt;
  /** The metric: the mean logit of these … */
  target: TokenRef | TokenRef[];
  /** … less the mean logit of those, at the last position. */
  contrast?: TokenRef | TokenRef[];
}

/** `seeded`: drawn from templates and words. `paper`, `transformer-lens`: published prompts. */
export type IoiSetName = 'seeded' | 'paper' | 'transformer-lens';

/** A pair of prompts as texts, whose answers are one token each. */
export interface IoiPair extends PatchPair {
  clean: { text: string };
  corrupted: { text: string };
  target: string;
  contrast: string;
}

export interface PatchParameters {
  site: PatchSite;
  /** Default 'position'. */
  granularity?: PatchGranularity;
  /** Default 'denoising'. */
  direction?: PatchDirection;
  /** Default false. Divides every value by cleanMetric − corruptedMetric, sign and all. */
  normalise?: boolean;
  /** Default all. */
  layers?: number[];
  /** Of `neuron-topk`, per layer. Default 10. */
  k?: number;
}

export type ActivationPatchingParameters = PatchPair & PatchParameters;

/** Axes [layer, pos], [layer, head], [layer, head, pos] or [layer, neuron]; of `neuron-topk` `neurons` names them. */
export interface PatchMap {
  /**
   * What the metric of the run that is patched gains: patched − unpatched (over cleanMetric − corruptedMetric if normalised).
   * In a partial result NaN where it is not measured yet.
   */
  values: LabelledTensor;
  /** The layers along the first axis. */
  layers: number[];
  /** Of `neuron-topk`: for each layer the neurons along the second axis. */
  neurons?: number[][];
}

export interface ActivationPatchingArm extends PatchMap {
  /** Unnormalised. */
  cleanMetric: number;
  corruptedMetric: number;
  /** What every value was divided by; 1 where not normalised, and where both metrics are the same. */
  dividedBy: number;
  /** Why a normalised map is not to be trusted, or null. */
  warning: string | null;
  /** Patched runs so far. Entries that patching cannot change are 0 without one: see `docs/scripting.md`. */
  runs: number;
  convention: { direction: PatchDirection; site: PatchSite; granularity: PatchGranularity };
}

/** One of the two prompts as it was fed. */
export interface FedPrompt {
  tokens: number[];
  pieces: string[];
}

/** What `activation-patching` says beside its arms. `tokens` and `pieces` of the result are the clean prompt's. */
export interface PatchingReport {
  clean: FedPrompt;
  corrupted: FedPrompt;
  /** Positions at which the two have different tokens. */
  differing: number[];
}

/** Second arm − first arm, where both have the same axes and, of neurons, the same neurons. */
export interface PatchingBetween {
  values: LabelledTensor;
}

export type AttributionPatchingParameters = (PatchPair | { pairs: PatchPair[] }) &
  PatchParameters & {
    /** Default true: each map beside the measured one. False: the estimate alone, in two forward passes and one backward. */
    measured?: boolean;
  };

/** What `attribution-patching` says beside its arms: each pair of prompts, in order. */
export interface AttributionPatchingReport {
  prompts: PatchingReport[];
}

/** How an estimated map agrees with the measured one; over several pairs, of their own maps before they are averaged. */
export interface PatchAgreement {
  /** Per layer, over the other axes: Σ |attribution − measured| and its mean; over several pairs the mean over them. */
  sumAbsError: number[];
  meanAbsError: number[];
  /** Share of entries with the same sign, of those where either is above 1e-3 of the map's largest magnitude. */
  signAgreement: number | null;
  /** Pearson's, over all entries of all pairs; null where either map is constant. */
  correlation: number | null;
  /** Spearman's. */
  rankCorrelation: number | null;
}

/** A number per layer over several pairs of prompts. */
export interface Spread {
  mean: number[];
  /** Standard deviation with n − 1; 0 for one pair. */
  std: number[];
}

/** `values`: gradient · (other − own), the mean over the pairs of prompts. */
export interface AttributionPatchingArm extends PatchMap {
  /** What patching really does, with the same axes; null where not asked for. */
  measured: LabelledTensor | null;
  agreement: PatchAgreement | null;
  /** Means over the pairs of prompts. */
  cleanMetric: number;
  corruptedMetric: number;
  /** How many pairs of prompts, and those left out with the reason: another length, a difference too small to divide by. */
  pairs: number;
  leftOut: { pair: number; reason: string }[];
  /** Over several pairs: per layer, Σ over the other axes of |attribution − measured|. Null for one. */
  errorByLayer: Spread | null;
  warning: string | null;
  convention: {
    direction: PatchDirection;
    site: PatchSite;
    granularity: PatchGranularity;
    gradientOf: 'corrupted' | 'clean';
  };
}

export interface AttributionPatchingBetween {
  values: LabelledTensor;
  /**
   * The paper's improvement per layer: Σ|error| of the first arm − Σ|error| of the second, mean and standard deviation over
   * the pairs; above 0 where the second arm is estimated better. Null without measured maps.
   */
  improvementByLayer: Spread | null;
  /** Its mean over layers, and the standard deviation over layers. */
  improvement: { mean: number; std: number } | null;
}
