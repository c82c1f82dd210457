/** What `induction` says: a text read twice, how last-layer neurons move when it comes again, and what that does to the prediction. */

import type { LabelledTensor } from '../../tensor/tensor.ts';

export interface InductionParameters {
  /** At most so many of the prompt's tokens are read twice, 3 or more. Default 100; fewer where both readings do not fit the context. */
  length?: number;
  /** Of the last layer, 1 to 64 of them, none twice. Left out: the `k` best of `by`. */
  neurons?: number[];
  /** Default 6. Counts where `neurons` are left out. */
  k?: number;
  /** Whose ranking (confidence-neurons) chooses the neurons. Default original, else the first arm. */
  by?: string;
  /** How many of each arm's own best induction heads are cut off, 1 to 16; or which, as [layer, head]. Default 3. */
  heads?: number | [layer: number, head: number][];
}

/** The sequence that was run: the prompt's first `period` + 1 tokens, then once more those from 1 on. */
export interface RepeatedText {
  tokens: number[];
  pieces: string[];
  /** The first position of the second reading. */
  second: number;
  /** How far a token is from its second coming: position p of the second reading holds what p − period holds. */
  period: number;
  /** Tokens of the prompt, of which period + 1 were read. */
  of: number;
  /** Why not all of them were: the `length` asked for, or the model's context; null where they were. */
  cut: 'length' | 'context' | null;
}

/** Means over the second reading, ablated − unablated. */
export interface RepeatEffect {
  /** In nats. */
  entropy: number;
  /** In nats, over the positions that have a next token. */
  loss: number;
  /** Of the change over the entropy there; null where the entropy is 0 everywhere. */
  relative: number | null;
  /** Where the relative change is largest, whatever its sign; null likewise. */
  most: { position: number; relative: number } | null;
}

/** Values, not changes, in nats, the final norm computed anew: all of the neurons ablated at once, or [neuron, …] one at a time. */
export interface HeldPredictions<Effect> {
  /** [position]. */
  entropy: LabelledTensor;
  /** [position], the last left out. */
  loss: LabelledTensor;
  /** [position]: (entropy − unablated) ÷ unablated; NaN where that is 0. */
  relative: LabelledTensor;
  effect: Effect;
}

export interface HeldNeurons {
  single: HeldPredictions<RepeatEffect[]>;
  together: HeldPredictions<RepeatEffect>;
}

/** Attention of some heads wholly given to position 0, at every query. */
export interface CutHeads {
  /** Those cut off in this step: one more than in the one before. */
  heads: [layer: number, head: number][];
  /** [neuron, position]. */
  activations: LabelledTensor;
  /** [position], in nats. */
  entropy: LabelledTensor;
  /** [position], the last left out. */
  loss: LabelledTensor;
}

export interface ScoredHead {
  layer: number;
  head: number;
  score: number;
}

export interface InductionHeads {
  /**
   * [layer, head]: mean attention, over the queries of the second reading, to the key right after the first coming of the
   * query's token: the diagonal of the pattern at offset −(period − 1). (`attention` adds up all earlier occurrences.)
   */
  scores: LabelledTensor;
  /** Cut off in this order. */
  induction: ScoredHead[];
  /** As many of the same layers with the lowest scores; fewer where a layer has no more heads. */
  control: ScoredHead[];
  cut: { induction: CutHeads[]; control: CutHeads[] };
}

export interface InductionArm {
  /** The last layer, whose neurons these are. */
  layer: number;
  text: RepeatedText;
  /** Whose ranking chose `neurons`; null where they were given. */
  by: string | null;
  neurons: number[];
  /** Unablated: [position] and [position], the last left out, in nats. */
  entropy: LabelledTensor;
  loss: LabelledTensor;
  /** [neuron, position]: mlp.hook_post, unablated. */
  activations: LabelledTensor;
  /** Of each neuron its mean over each reading, position 0, which is read once, left out. */
  means: { first: number[]; second: number[] };
  /** Whether its mean is higher in the second reading. */
  rises: boolean[];
  /** In the second reading no higher than the first one's mean where it rises, no lower where it falls. */
  clip: HeldNeurons;
  /** At the first reading's mean, everywhere. */
  mean: HeldNeurons;
  heads: InductionHeads;
  convention: {
    /** 'none' without LN, where σ is never divided by. */
    finalScale: 'recomputed' | 'none';
  };
}
