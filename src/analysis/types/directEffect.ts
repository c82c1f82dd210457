/** What `direct-effect` says: each part's attribution beside its measured direct effect, and how far the two are apart. */

import type { LabelledTensor } from '../../tensor/tensor.ts';
import type { TokenRef } from './tokenRef.ts';

/** As the units of `dla`, without b_U, which no part wrote. */
export type DirectEffectUnit = 'component' | 'head' | 'neuron';

/**
 * Which token each position explains where none is named. `next`: the actual next token, as the paper's text has it.
 * `last-input`: the token at the position itself, which is what the paper's code traced.
 */
export type DirectEffectTargets = 'next' | 'last-input';

export interface DirectEffectParameters {
  /** Default −1, the last. */
  position?: number;
  /** Several samples in place of one position. `all`: every position that has a target, but for position 0. */
  positions?: 'all' | number[];
  /** A set means the mean of its logits. Needed for one position; for several it may be left to `targets`. */
  target?: TokenRef | TokenRef[];
  contrast?: TokenRef | TokenRef[];
  /** Of several positions without `target`. Default 'next'. */
  targets?: DirectEffectTargets;
  /** Default true: logit − mean logit over the vocabulary (no difference for a contrast). */
  centerUnembed?: boolean;
  /** Default 'head'. */
  unit?: DirectEffectUnit;
  /** Whose neurons, for unit 'neuron' (of one position). Default the last layer's. */
  layers?: 'all' | number[];
}

/** Of several positions every number but `nmae` is the mean over them. */
export interface DirectEffectTerm {
  /** As in dla. */
  label: string;
  layer?: number;
  head?: number;
  neuron?: number;
  /** c·direction/σ: the final scale frozen at the run's own σ. */
  dla: number;
  /** The target's value − what it is once the part is taken out of the final residual and the final norm computed anew. */
  directEffect: number;
  /** directEffect − dla. */
  difference: number;
  /** L₋c: the target's value without the part, less b_U. */
  without: number;
  /** σ′: the final scale without the part, as the norm measured it; 1 on an LN-free arm. */
  scaleWithout: number;
  /** The same from frozen quantities: √(σ² + |c̃|²/d − 2x̃·c̃/d), and L₋c·(σ′/σ − 1), which must equal `difference`. */
  identity: { scaleWithout: number; difference: number };
  /** 100·mean |difference| ÷ mean |directEffect|, over the positions, in per cent. */
  nmae: number;
}

/** A number with the ends of its 95 % bootstrap interval. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/** Normalised mean absolute error, 100·mean |dla − directEffect| ÷ mean |directEffect|, in per cent. */
export interface DirectEffectError {
  /** What it is taken over: embeddings and biases are not among the heads. */
  over: 'components' | 'heads' | 'neurons';
  terms: number;
  positions: number;
  /** One ratio of sums over all terms and positions: what the paper's code prints. Resampled over (term, position) pairs. */
  pooled: Estimate;
  /** The mean of the terms' own NMAE: the paper's equations 9 and 10. Resampled over terms. */
  meanOfTerms: Estimate;
  resamples: number;
  seed: number;
}

export interface DirectEffectArm {
  unit: DirectEffectUnit;
  /** Counted from 0. */
  positions: number[];
  /** For each position the ids whose mean logit is explained. */
  targets: number[][];
  contrast: number[];
  terms: DirectEffectTerm[];
  nmae: DirectEffectError;
  /** Of several positions, [position, term] each, terms in the order of `terms`. */
  samples?: { dla: LabelledTensor; directEffect: LabelledTensor };
  /** The largest |difference − identity.difference| of all terms and positions, and what it may be. */
  identityError: number;
  identityTolerance: number;
  /** `measured`: each part was taken out. `closed form`: by the identity, and `checked` against measuring some. */
  method: 'measured' | 'closed form';
  checked?: { neurons: number; worst: number; tolerance: number };
  convention: {
    /** Of the attribution. */
    finalScale: 'frozen' | 'none';
    /** σ, of several positions their mean; 1 on an LN-free arm. */
    scale: number;
    centerUnembed: boolean;
    valueBias: 'head';
    /** `given`: named in the request. */
    targets: 'given' | DirectEffectTargets;
  };
}

/** Second arm − first arm, term by term. */
export interface DirectEffectBetween {
  terms: Pick<
    DirectEffectTerm,
    'label' | 'layer' | 'head' | 'neuron' | 'dla' | 'directEffect' | 'difference'
  >[];
  /** Of the pooled NMAE and of the mean of the terms' own. */
  pooled: number;
  meanOfTerms: number;
}
