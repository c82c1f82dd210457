/** What `neuron-ablation` says: predictions with last-layer neurons held at their mean, norm recomputed and σ frozen. */

import type { LabelledTensor } from '../../tensor/tensor.ts';

export interface NeuronAblationParameters {
  /** Of the last layer, 1 to 64 of them, none twice. */
  neurons: number[];
  /**
   * What each is held at. 'prompt' (default): its mean over all positions of this prompt, position 0 included; 'corpus':
   * what `corpusMeans` says of each arm; else a value for each neuron, the same on every arm.
   */
  mean?: 'prompt' | 'corpus' | number[];
  /** For mean 'corpus': by arm, the mean of every last-layer neuron (d_mlp values) over a text. */
  corpusMeans?: Record<string, number[]>;
  /** Also ablates the first of `neurons`, the first two, and so on. */
  cumulative?: boolean;
  /** How often each token of the vocabulary occurs in a text, for `klUnigram` and `tokenFrequency`. */
  frequencies?: number[];
  /** Of `topChanges`. Default −1, the last. */
  position?: number;
  /** Tokens of `topChanges`, 1 to 64. Default 5. */
  k?: number;
}

/**
 * Entropy and next-token loss in nats after an ablation. Values, not changes. Total: the final norm's σ is recomputed;
 * Direct: it stays as it was. Without LN both are the same.
 */
export interface AblatedStats {
  /** T values (by neuron or step: [neuron, position], [step, position]). */
  entropyTotal: LabelledTensor;
  entropyDirect: LabelledTensor;
  /** T − 1 values. */
  lossTotal: LabelledTensor;
  lossDirect: LabelledTensor;
  /** σ of the final norm with the neurons ablated, T values; on an LN-free arm what it would be. */
  sigmaAblated: LabelledTensor;
}

/** 1 − mean |Direct change| ÷ mean |Total change| over positions from 1 on; null where nothing changes. */
export interface LnShare {
  entropy: number | null;
  loss: number | null;
}

export interface TokenChange {
  id: number;
  piece: string;
  /** Of the logit, both centred over the vocabulary: after − before, norm recomputed. */
  change: number;
  probBefore: number;
  probAfter: number;
}

/** All of `neurons` held at their means at once, and besides each by itself. */
export interface NeuronAblationArm extends AblatedStats {
  /** The last layer, whose neurons these are. */
  layer: number;
  neurons: number[];
  /** What each was held at. */
  means: number[];
  /** [neuron, position]: mlp.hook_post, unablated. */
  activations: LabelledTensor;
  /** Unablated: T values, T − 1 values, and σ of the final norm (on an LN-free arm what it would be). */
  entropy: LabelledTensor;
  loss: LabelledTensor;
  sigma: LabelledTensor;
  /** How much of the effect goes through the recomputed norm. */
  lnShare: LnShare;
  /** One neuron at a time. */
  single: AblatedStats & { lnShare: LnShare[] };
  /** Step i: the first i + 1 neurons. */
  cumulative?: AblatedStats & { lnShare: LnShare[] };
  /** KL(unigram ‖ prediction) in nats, counts smoothed by +1: T values unablated, [neuron, position] with each ablated. */
  klUnigram?: { before: LabelledTensor; total: LabelledTensor; direct: LabelledTensor };
  /** |cosine| of what each neuron of the layer adds to the logits with the centred log-frequency, [neuron]. */
  tokenFrequency?: LabelledTensor;
  /** The logits that each neuron's ablation moves most, by |change|. */
  topChanges: { position: number; neurons: TokenChange[][] };
  convention: {
    mean: 'prompt' | 'corpus' | 'given';
    /** What Total means here: 'none' without LN, where σ is never divided by. */
    finalScale: 'recomputed' | 'none';
    /** The first position that `lnShare` averages over; 0 where the prompt has no other. */
    shareFrom: number;
  };
}
