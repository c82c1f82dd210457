/** One arm's score of one token, what the edits changed in it, and the difference of two arms. */

import type { EditView } from '../../state/edits/types.ts';
import type { PredictionMetric } from '../../state/types.ts';
import { number, percent, points, signed } from '../../ui/format.ts';
import type { PredictionRow, Score } from './rows.ts';
import styles from './view.module.css';

interface ScoreCellProps {
  score: Score | undefined;
  /** The unedited models' score, `unknown` where that was not reported; null where nothing is edited. */
  before: Score | 'unknown' | null;
  /** Only what the edits changed. */
  alone: boolean;
  metric: PredictionMetric;
  arm: string;
}

export function ScoreCell({ score, before, alone, metric, arm }: ScoreCellProps) {
  if (!score) return <td title="Beyond the tokens this arm reported">–</td>;
  const known = before !== null && before !== 'unknown' ? before : null;
  const all = known ? `edited: ${inWords(score)}; base: ${inWords(known)}` : inWords(score);
  const change = before && (
    <span className={changeClass(known && rise(known, score, metric), alone)}>
      {known ? difference(known, score, metric) : '–'}
    </span>
  );
  if (alone) return <td title={all}>{change}</td>;
  return (
    <td title={all} className={styles.score}>
      {metric === 'prob' && (
        <span
          className={styles.bar}
          style={{ width: `${score.prob * 100}%`, background: `var(--arm-${arm}, var(--muted))` }}
        />
      )}
      <span className={styles.value}>{show(score, metric)}</span>
      {change}
    </td>
  );
}

/** Second arm − first, of what each cell shows. */
export function differenceOfArms(
  { scores, before }: PredictionRow,
  [first, second]: readonly [string, string],
  metric: PredictionMetric,
  view: EditView,
): string {
  const [a, b] = [scores[first], scores[second]];
  if (view !== 'difference') return difference(a, b, metric);
  const [beforeA, beforeB] = [before[first], before[second]];
  if (!a || !b || !beforeA || !beforeB) return '–';
  return signedAs(metric, b[metric] - beforeB[metric] - (a[metric] - beforeA[metric]));
}

function changeClass(change: number | null, alone: boolean): string {
  const direction = !change ? '' : change > 0 ? styles.up : styles.down;
  return [alone ? '' : styles.change, direction].filter(Boolean).join(' ');
}

/** Likelier is up: a rank is the better the lower it is. */
function rise(before: Score, score: Score, metric: PredictionMetric): number {
  const change = score[metric] - before[metric];
  return metric === 'rank' ? -change : change;
}

function inWords({ prob, logit, rank }: Score): string {
  return `${percent(prob)}, logit ${number(logit)}, rank ${rank + 1}`;
}

function show(score: Score, metric: PredictionMetric): string {
  if (metric === 'prob') return percent(score.prob);
  return metric === 'logit' ? number(score.logit) : String(score.rank + 1);
}

function difference(first: Score | undefined, second: Score | undefined, metric: PredictionMetric): string {
  return first && second ? signedAs(metric, second[metric] - first[metric]) : '–';
}

function signedAs(metric: PredictionMetric, value: number): string {
  if (metric === 'prob') return points(value);
  return metric === 'logit' ? signed(value) : signed(value, 0);
}
