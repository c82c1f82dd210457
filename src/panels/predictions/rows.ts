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
}

type Result = ResultOf<'predictions'>;

/** All rows for the arms on show. `count` limits the rows that are there for their probability alone. */
export function predictionRows(
  result: Result,
  arms: readonly ArmId[],
  target: readonly Token[],
  contrast: readonly Token[],
  count: number,
): PredictionRow[] {
  const next = Object.values(result.arms)[0]?.next ?? null;
  const rows = new Map<number, PredictionRow>();
  const add = ({ id, piece }: Token, role: PredictionRow['role']) => {
    if (rows.has(id)) return;
    const scores = Object.fromEntries(
      arms.flatMap((arm) => {
        const score = scoreOf(result, arm, id);
        return score ? [[arm, score]] : [];
      }),
    );
    rows.set(id, { id, piece, role, isNext: id === next?.id, scores });
  };
  for (const token of target) add(token, 'target');
  for (const token of contrast) add(token, 'contrast');
  if (next) add(next, 'next');
  const pinned = rows.size;
  for (const token of union(result, arms)) {
    if (rows.size - pinned >= count) break;
    add(token, null);
  }
  return [...rows.values()];
}

/** The arms' best tokens, by falling mean probability over the arms that reported them. */
function union(result: Result, arms: readonly ArmId[]): Token[] {
  const tokens = new Map<number, Token>();
  for (const arm of arms) for (const token of result.arms[arm]?.top ?? []) tokens.set(token.id, token);
  const mean = (id: number) =>
    arms.reduce((sum, arm) => sum + (scoreOf(result, arm, id)?.prob ?? 0), 0) / arms.length;
  return [...tokens.values()].sort((a, b) => mean(b.id) - mean(a.id));
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
