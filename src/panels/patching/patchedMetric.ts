/** What the patched run itself says: its metric beside what the map says, and its predictions as a table. */

import type { PredictionsArm } from '../../analysis/types/index.ts';
import type { PatchCell, PatchedRun } from '../../state/closer/patching.ts';
import type { PatchingQuestion } from '../../state/closer/patchingRuns.ts';
import { type CsvCell, toCsv } from '../../ui/csv.ts';
import { magnitude } from '../../ui/format.ts';
import { effectOf, type OfArm } from './maps.ts';

/** Rounding of two ways through the model, in logits: one run alone, and many as a batch. */
const TOLERANCE = 1e-3;

/** Mean logit of the target less that of the contrast; NaN where they were not scored. */
export function metricOf(
  { asked = [] }: PredictionsArm,
  { target, contrast = [] }: PatchingQuestion,
): number {
  const mean = (ids: readonly number[]) =>
    ids.reduce((sum, id) => sum + (asked.find((score) => score.id === id)?.logit ?? Number.NaN), 0) /
    ids.length;
  return mean(target) - (contrast.length > 0 ? mean(contrast) : 0);
}

/** The largest difference over arms between the map's effect and the one of the run alone. */
export function proofOf(
  { clean, corrupted, patched }: PatchedRun,
  arms: readonly OfArm[],
  cell: PatchCell,
  question: PatchingQuestion,
): { ok: boolean; text: string; title: string } {
  const before = question.direction === 'denoising' ? corrupted : clean;
  const off = arms.flatMap(({ arm, map }) => {
    const [own, without] = [patched.arms[arm], before.arms[arm]];
    const effect = effectOf(map, map.convention.granularity, cell);
    if (effect === null) return []; // a neuron that only another arm's map has
    if (!own || !without) return [Number.NaN];
    return [Math.abs(metricOf(own, question) - metricOf(without, question) - effect * map.dividedBy)];
  });
  const worst = Math.max(...off);
  const ok = worst <= TOLERANCE;
  return {
    ok,
    text: `${ok ? '✓' : '✗'} this run and the map agree within ${magnitude(worst)} logits`,
    title: 'The largest difference between the effect in the map and that of this one run by its own logits',
  };
}

/** Every prediction of the three runs. */
export function patchedRunCsv(run: PatchedRun, shown: readonly string[]): string {
  const rows = shown.flatMap((arm) =>
    Object.entries(run).flatMap(([name, { arms }]) => {
      const { asked = [], top = [] } = arms[arm] ?? {};
      const scores = new Map([...asked, ...top].map((score) => [score.id, score]));
      return [...scores.values()].map(({ id, piece, prob, logit, rank }): CsvCell[] => [
        ...[arm, name, id, piece, prob, logit, rank + 1],
      ]);
    }),
  );
  return toCsv(['model', 'run', 'id', 'piece', 'prob', 'logit', 'rank'], rows);
}
