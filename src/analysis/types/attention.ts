/** What `attention` says: where every head looks, in scores and in small, and one head's pattern in full. */

import type { LabelledTensor } from '../../tensor/tensor.ts';
import type { TokenRef } from './tokenRef.ts';

export interface AttentionParameters {
  /** Scores, sink rates and thumbnails of every head. Default true. */
  overview?: boolean;
  /** ε of the sink rates. Default 0.3. */
  epsilon?: number;
  /** One head in full; the two go together. */
  layer?: number;
  head?: number;
  /** Of that head's pattern: weighted by what each key adds to this token's logit. A set means the mean of its logits. */
  target?: TokenRef | TokenRef[];
  contrast?: TokenRef | TokenRef[];
  /** As in dla. Default true. */
  centerUnembed?: boolean;
}

/** [layer, head]; null where the prompt has no query to measure it on. */
export type HeadScore = LabelledTensor | null;

/** Means over queries of the attention paid to certain keys; query 0, which sees nothing but itself, is never among them. */
export interface HeadScores {
  /** To the token before. */
  previous: HeadScore;
  /** To the query's own token. */
  self: HeadScore;
  /** To position 0. */
  first: HeadScore;
  /** To earlier occurrences of the same token, over the queries that have one. */
  duplicate: HeadScore;
  /** To the tokens that followed earlier occurrences of the query's token, over the queries that have one. */
  induction: HeadScore;
}

/** Shares of 1. */
export interface SinkRate {
  /** Of all (layer, head, query) those with pattern[query, 0] > ε. */
  queries: number;
  /** Of all heads those whose mean of pattern[query, 0] over the queries is > ε. */
  heads: number;
}

export interface AttentionOverview {
  scores: HeadScores;
  /** How many queries each score is a mean over. */
  queries: Record<keyof HeadScores, number>;
  epsilon: number;
  /** Over the queries 1 …, and as published: with query 0, which always pays 1 to position 0. Null for a prompt of one token. */
  sink: SinkRate | null;
  sinkWithQuery0: SinkRate;
  /** [layer, head]: share of the queries 1 … with pattern[query, 0] > ε. */
  sinkByHead: HeadScore;
  /**
   * [layer, head, row, column]: the patterns themselves up to THUMBNAIL tokens; beyond, what the queries of a row pay to all
   * keys of a column, averaged over these queries. Each row adds up to 1.
   */
  thumbnails: LabelledTensor;
  /** The first position of each row and column of the thumbnails. */
  bins: number[];
}

/** One head; all [query, key], 0 where the key comes after the query. */
export interface HeadPattern {
  layer: number;
  head: number;
  pattern: LabelledTensor;
  /** pattern · ‖v_key·W_O‖, v with its bias: the length of what the head writes from that key (Kobayashi et al. 2020). */
  valueWeighted: LabelledTensor;
  /** dla's L{l}H{h}←{key} at each query as its position, this run's σ there frozen; null without a target. */
  dlaWeighted: LabelledTensor | null;
  target: number[];
  contrast: number[];
}

export interface AttentionArm {
  overview: AttentionOverview | null;
  head: HeadPattern | null;
}

/** Second arm − first arm of what both have; null where they have no overview. */
export interface AttentionBetween {
  scores: HeadScores | null;
  sink: SinkRate | null;
}
