/** What is on show at one moment, as plain data: the one thing that every export of an analysis is made from. */

import type { DlaArm, PredictionsArm, PredictionsBetween, TokenStatsArm } from '../analysis/types/index.ts';
import type { ArmId, ArmInfo, Edit, EngineId, PairId } from '../engine/api.ts';
import type { StorageDType } from '../tensor/params.ts';

/** A token as it is asked by, and as its text. */
export interface SnapshotToken {
  id: number;
  piece: string;
}

export interface SnapshotArm {
  id: ArmId;
  title: string;
  /** Where its files are: an address of a folder, or words where only their owner has them. */
  source: string;
  repo: Pick<NonNullable<ArmInfo['repo']>, 'name' | 'revision'> | null;
  /** How its matrices were kept on the device; vectors are always f32. */
  storage: StorageDType;
  /** `linear` is LN-free; null where nobody has said. */
  norm: 'layer' | 'linear' | null;
}

/** What one pass of all arms over the prompt said. */
export interface SnapshotRun {
  name: 'unedited' | 'edited';
  /** As they were applied, in list order; empty for `unedited`. */
  edits: readonly Edit[];
  engine: EngineId;
  predictions: Record<ArmId, PredictionsArm>;
  /** By 'first|second': each arm's scores of the other's best tokens. */
  between: Record<string, PredictionsBetween>;
  tokenStats: Record<ArmId, TokenStatsArm>;
  /** Direct logit attribution by unit; without a target there is none. */
  attribution: { component: Record<ArmId, DlaArm>; head: Record<ArmId, DlaArm> } | null;
}

export interface Snapshot {
  /** Of Normless. */
  version: string;
  /** The whole address that shows this again. */
  link: string;
  pair: { id: PairId; title: string };
  /** In the order of the page. */
  arms: readonly SnapshotArm[];
  /** The prompt as it was fed. */
  tokens: readonly number[];
  pieces: readonly string[];
  /** Counted from 0; what is explained is the token after it. */
  position: number;
  /** Empty where no token is explained. */
  target: readonly SnapshotToken[];
  contrast: readonly SnapshotToken[];
  /** What the numbers of edits are, in words, one for each edit of the edited run. */
  about: readonly (string | null)[];
  runs: readonly SnapshotRun[];
}

/** One token's scores in one run: by arm, absent where that arm has not said. */
export interface PredictedToken extends SnapshotToken {
  scores: Record<ArmId, { logit: number; prob: number; rank: number }>;
}

/** Every token that a run has a score of: what was asked for, the actual next one, then the arms' best by falling mean probability. */
export function predictedTokens({ predictions, between }: SnapshotRun): PredictedToken[] {
  const tokens = new Map<number, PredictedToken>();
  const note = (arm: ArmId, { id, piece, logit, prob, rank }: PredictionsArm['top'][number]) => {
    const token = tokens.get(id) ?? { id, piece, scores: {} };
    tokens.set(id, token);
    token.scores[arm] = { logit, prob, rank };
  };
  const arms = Object.entries(predictions);
  for (const [arm, { asked = [] }] of arms) for (const score of asked) note(arm, score);
  for (const [arm, { next }] of arms) if (next) note(arm, next);
  const pinned = tokens.size;
  for (const [arm, { top }] of arms) for (const score of top) note(arm, score);
  for (const [pair, { rows }] of Object.entries(between)) {
    const [first = '', second = ''] = pair.split('|');
    for (const { id, piece, ...row } of rows) {
      if (first in predictions) note(first, { id, piece, ...row.first });
      if (second in predictions) note(second, { id, piece, ...row.second });
    }
  }
  const mean = ({ scores }: PredictedToken) => Object.values(scores).reduce((sum, { prob }) => sum + prob, 0);
  const all = [...tokens.values()];
  return [...all.slice(0, pinned), ...all.slice(pinned).sort((a, b) => mean(b) - mean(a))];
}
