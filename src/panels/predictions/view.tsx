/** Draws the predictions of the arms on show as one table with their difference. */

import { MEANS } from '../../lessons/means.ts';
import { chooseToken, setView } from '../../state/actions.ts';
import { viewedBoth } from '../../state/edits/viewed.ts';
import { armTitle, comparison } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { PredictionMetric } from '../../state/types.ts';
import { number, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { TokenText } from '../../ui/TokenText.tsx';
import { useRoving } from '../../ui/useRoving.ts';
import { Terms } from '../terms.tsx';
import { ViewBadge } from '../viewBadge.tsx';
import { predictionsCsv } from './csv.ts';
import { type PredictionRow, predictionRows } from './rows.ts';
import { differenceOfArms, ScoreCell } from './scoreCell.tsx';
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
  const both = viewedBoth(state, 'predictions');
  const { result, view } = both;
  const arms = shown.filter((arm) => result && arm in result.arms);
  const compared = comparison(state);
  const { result: before } = state.slots['before:predictions'];
  const base = both.edited ? [both.base, before].filter((known) => known !== null) : [];
  const rows = result ? predictionRows(result, arms, target, contrast, count, base) : [];
  const roving = useRoving(rows.length);
  const entropy = (arm: string) => {
    const own = result?.arms[arm]?.entropy ?? Number.NaN;
    return view === 'difference' ? own - (both.base?.arms[arm]?.entropy ?? Number.NaN) : own;
  };

  return (
    <PanelFrame
      id="predictions"
      question="What"
      title="it predicts"
      shows="The most likely next tokens of every arm on show. Click a token to explain it."
      details={
        <>
          <p>
            Probabilities are the softmax of each arm’s own logits at the chosen position. Δ is the second
            compared arm minus the first.
          </p>
          <Terms words={['entropy', 'logit', 'contrast']} />
        </>
      }
      doesNotShow="Logits of two arms have no common zero: compare their differences within an arm, or probabilities."
      freshness={both.freshness}
      error={state.slots.predictions.error?.message}
      badge={<ViewBadge view={view} failed={both.failed} />}
      csv={() => predictionsCsv(rows, arms, view !== 'base')}
      json={() => (view === 'base' ? result : { edited: result, base: both.base })}
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
                    aria-label={`vs ${glyphs(row.piece)}: take it as the contrast`}
                    tabIndex={roving.item(i).tabIndex}
                    onClick={() => void chooseToken('contrast', row)}
                  >
                    vs
                  </button>
                )}
              </th>
              {arms.map((arm) => (
                <ScoreCell
                  key={arm}
                  score={row.scores[arm]}
                  before={view === 'base' ? null : (row.before[arm] ?? 'unknown')}
                  alone={view === 'difference'}
                  metric={metric}
                  arm={arm}
                />
              ))}
              {compared && <td>{differenceOfArms(row, compared, metric, view)}</td>}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" title={MEANS.entropy}>
              entropy
            </th>
            {arms.map((arm) => (
              <td key={arm}>{view === 'difference' ? signed(entropy(arm)) : number(entropy(arm))}</td>
            ))}
            {compared && <td>{signed(entropy(compared[1]) - entropy(compared[0]))}</td>}
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
