/** The rows of the predictions table: target and contrast first, then the actual next token, then both arms' best. */

import type { PredictionsArm, TokenScore } from '../../analysis/types/index.ts';
import type { ArmId } from '../../engine/api.ts';
import type { ResultOf, Token } from '../../state/types.ts';

export type Score = Pick<TokenScore, 'logit' | 'prob' | 'rank'>;

export interface PredictionRow {
  id: number;
  piece: string;
  role: 'target' | 'contrast' | 'next' | null;
  /** The token that really follows in the prompt. */
  isNext: boolean;
  /** By arm; absent where the token was beyond what that arm reported. */
  scores: Partial<Record<ArmId, Score>>;
  /** The same of the unedited models, where edits are on. */
  before: Partial<Record<ArmId, Score>>;
}

type Result = ResultOf<'predictions'>;

/**
 * All rows for the arms on show. `count` limits the rows that are there for their probability alone. `base`: what is known
 * of the unedited models, where `result` is of edited ones; their likeliest are rows too.
 */
export function predictionRows(
  result: Result,
  arms: readonly ArmId[],
  target: readonly Token[],
  contrast: readonly Token[],
  count: number,
  base: readonly Result[] = [],
): PredictionRow[] {
  const next = Object.values(result.arms)[0]?.next ?? null;
  const rows = new Map<number, PredictionRow>();
  const add = ({ id, piece }: Token, role: PredictionRow['role']) => {
    if (rows.has(id)) return;
    const scores = scoresOf([result], arms, id);
    rows.set(id, { id, piece, role, isNext: id === next?.id, scores, before: scoresOf(base, arms, id) });
  };
  for (const token of target) add(token, 'target');
  for (const token of contrast) add(token, 'contrast');
  if (next) add(next, 'next');
  const pinned = rows.size;
  for (const token of union([result, ...base], arms)) {
    if (rows.size - pinned >= count) break;
    add(token, null);
  }
  return [...rows.values()];
}

function scoresOf(results: readonly Result[], arms: readonly ArmId[], id: number): PredictionRow['scores'] {
  const entries = arms.flatMap((arm) => {
    const [score] = results.flatMap((result) => scoreOf(result, arm, id) ?? []);
    return score ? [[arm, score] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** The arms' best tokens, by falling mean probability over the arms that reported them: the largest, edited or not. */
function union(results: readonly Result[], arms: readonly ArmId[]): Token[] {
  const tokens = new Map<number, Token>();
  for (const result of results)
    for (const arm of arms) for (const token of result.arms[arm]?.top ?? []) tokens.set(token.id, token);
  const mean = (result: Result, id: number) =>
    arms.reduce((sum, arm) => sum + (scoreOf(result, arm, id)?.prob ?? 0), 0) / arms.length;
  const largest = (id: number) => Math.max(...results.map((result) => mean(result, id)));
  return [...tokens.values()].sort((a, b) => largest(b.id) - largest(a.id));
}

/** An arm's score of a token, wherever in the result it stands. */
export function scoreOf(result: Result, arm: ArmId, id: number): Score | null {
  const own = result.arms[arm];
  const reported = own && listed(own).find((score) => score.id === id);
  if (reported) return reported;
  for (const [pair, between] of Object.entries(result.between ?? {})) {
    const [first, second] = pair.split('|');
    const row = between.rows.find((candidate) => candidate.id === id);
    if (row && first === arm) return row.first;
    if (row && second === arm) return row.second;
  }
  return null;
}

function listed(arm: PredictionsArm): TokenScore[] {
  return [...arm.top, ...(arm.asked ?? []), ...(arm.next ? [arm.next] : [])];
}
