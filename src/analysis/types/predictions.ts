/** What `predictions` says: the likeliest next tokens at one position. */

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
