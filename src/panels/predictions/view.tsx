/** Draws the predictions of the arms on show as one table with their difference. */

import { chooseToken, setView } from '../../state/actions.ts';
import { armTitle, comparison, freshness } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { PredictionMetric } from '../../state/types.ts';
import { toCsv } from '../../ui/csv.ts';
import { number, percent, points, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { TokenText } from '../../ui/TokenText.tsx';
import { useRoving } from '../../ui/useRoving.ts';
import { type PredictionRow, predictionRows, type Score } from './rows.ts';
import styles from './view.module.css';

const METRICS: readonly { value: PredictionMetric; label: string; title: string }[] = [
  { value: 'prob', label: 'probability', title: 'After the softmax over the whole vocabulary' },
  { value: 'logit', label: 'logit', title: 'As the model gives it, before the softmax' },
  { value: 'rank', label: 'rank', title: '1 is the most likely token' },
];

const COUNTS = [5, 10, 20];
const ROLES = { target: 'target', contrast: 'contrast', next: 'actual next' } as const;

export function PredictionsView() {
  const state = useWorkbench();
  const { predictionMetric: metric, predictionCount: count, shown, target, contrast } = state;
  const slot = state.slots.predictions;
  const result = slot.result;
  const arms = shown.filter((arm) => result && arm in result.arms);
  const compared = comparison(state);
  const rows = result ? predictionRows(result, arms, target, contrast, count) : [];
  const roving = useRoving(rows.length);
  const entropy = (arm: string) => result?.arms[arm]?.entropy;

  const csv = () =>
    toCsv(
      ['id', 'piece', 'role', ...arms.flatMap((arm) => [`${arm} prob`, `${arm} logit`, `${arm} rank`])],
      rows.map((row) => [
        row.id,
        row.piece,
        row.role,
        ...arms.flatMap((arm) => {
          const score = row.scores[arm];
          return [score?.prob, score?.logit, score && score.rank + 1];
        }),
      ]),
    );

  return (
    <PanelFrame
      id="predictions"
      question="What"
      title="it predicts"
      shows="The most likely next tokens of every arm on show. Click a token to explain it."
      details={
        <p>
          Probabilities are the softmax of each arm’s own logits at the chosen position. Δ is the second
          compared arm minus the first. Entropy, in nats, is how undecided the arm is over the whole
          vocabulary.
        </p>
      }
      doesNotShow="Logits of two arms have no common zero: compare their differences within an arm, or probabilities."
      freshness={freshness(state, 'predictions')}
      error={slot.error?.message}
      csv={csv}
      json={() => result}
      controls={
        <>
          <Segmented
            label="Number shown"
            value={metric}
            options={METRICS}
            onChange={(predictionMetric) => void setView({ predictionMetric })}
          />
          <label className={styles.count}>
            top{' '}
            <select
              value={count}
              onChange={(event) => void setView({ predictionCount: Number(event.target.value) })}
            >
              {COUNTS.map((option) => (
                <option key={option}>{option}</option>
              ))}
            </select>
          </label>
        </>
      }
    >
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">token</th>
            {arms.map((arm) => (
              <th key={arm} scope="col">
                {armTitle(arm)}
              </th>
            ))}
            {compared && (
              <th scope="col" title={`${armTitle(compared[1])} − ${armTitle(compared[0])}`}>
                {metric === 'prob' ? 'Δ points' : 'Δ'}
              </th>
            )}
          </tr>
        </thead>
        <tbody {...roving.list}>
          {rows.map((row, i) => (
            <tr key={row.id} className={rowClass(row, rows[i + 1])}>
              <th scope="row">
                <button
                  type="button"
                  className={styles.token}
                  {...roving.item(i)}
                  title={`Explain ${glyphs(row.piece)} (id ${row.id})`}
                  onClick={() => void chooseToken('target', row)}
                >
                  <TokenText piece={row.piece} />
                </button>
                {row.role && <span className={styles.role}>{ROLES[row.role]}</span>}
                {row.isNext && row.role !== 'next' && <span className={styles.role}>actual next</span>}
                {row.role === null && (
                  <button
                    type="button"
                    className={styles.versus}
                    title={`Take ${glyphs(row.piece)} as the contrast`}
                    aria-label={`Take ${glyphs(row.piece)} as the contrast`}
                    tabIndex={roving.item(i).tabIndex}
                    onClick={() => void chooseToken('contrast', row)}
                  >
                    vs
                  </button>
                )}
              </th>
              {arms.map((arm) => (
                <ScoreCell key={arm} score={row.scores[arm]} metric={metric} arm={arm} />
              ))}
              {compared && <td>{difference(row.scores[compared[0]], row.scores[compared[1]], metric)}</td>}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">entropy</th>
            {arms.map((arm) => (
              <td key={arm}>{number(entropy(arm) ?? Number.NaN)}</td>
            ))}
            {compared && (
              <td>{signed((entropy(compared[1]) ?? Number.NaN) - (entropy(compared[0]) ?? Number.NaN))}</td>
            )}
          </tr>
        </tfoot>
      </table>
    </PanelFrame>
  );
}

/** Pinned rows are set off from the ranking by a line. */
function rowClass(row: PredictionRow, next: PredictionRow | undefined): string | undefined {
  if (row.role === null) return undefined;
  return next?.role === null ? `${styles.pinned} ${styles.lastPinned}` : styles.pinned;
}

function ScoreCell({
  score,
  metric,
  arm,
}: {
  score: Score | undefined;
  metric: PredictionMetric;
  arm: string;
}) {
  if (!score) return <td title="Beyond the tokens this arm reported">–</td>;
  const all = `${percent(score.prob)}, logit ${number(score.logit)}, rank ${score.rank + 1}`;
  return (
    <td title={all} className={styles.score}>
      {metric === 'prob' && (
        <span
          className={styles.bar}
          style={{ width: `${score.prob * 100}%`, background: `var(--arm-${arm}, var(--muted))` }}
        />
      )}
      <span className={styles.value}>{show(score, metric)}</span>
    </td>
  );
}

function show(score: Score, metric: PredictionMetric): string {
  if (metric === 'prob') return percent(score.prob);
  return metric === 'logit' ? number(score.logit) : String(score.rank + 1);
}

function difference(first: Score | undefined, second: Score | undefined, metric: PredictionMetric): string {
  if (!first || !second) return '–';
  if (metric === 'prob') return points(second.prob - first.prob);
  return metric === 'logit' ? signed(second.logit - first.logit) : signed(second.rank - first.rank, 0);
}
