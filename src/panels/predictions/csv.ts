/** The predictions as a table for elsewhere: per arm probability, logit and rank, and the unedited ones beside them. */

import type { ArmId } from '../../engine/api.ts';
import { toCsv } from '../../ui/csv.ts';
import type { PredictionRow, Score } from './rows.ts';

export function predictionsCsv(
  rows: readonly PredictionRow[],
  arms: readonly ArmId[],
  edited: boolean,
): string {
  const columns = (name: string) => [`${name} prob`, `${name} logit`, `${name} rank`];
  const numbers = (score: Score | undefined) => [score?.prob, score?.logit, score && score.rank + 1];
  return toCsv(
    [
      'id',
      'piece',
      'role',
      ...arms.flatMap((arm) =>
        edited ? [...columns(`${arm} edited`), ...columns(`${arm} base`)] : columns(arm),
      ),
    ],
    rows.map(({ id, piece, role, scores, before }) => [
      id,
      piece,
      role,
      ...arms.flatMap((arm) => [...numbers(scores[arm]), ...(edited ? numbers(before[arm]) : [])]),
    ]),
  );
}
