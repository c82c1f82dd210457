/** How estimated and measured maps agree, a row an arm. */

import type { EstimateResult } from '../../state/closer/patching.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { compact, number, percent, signed } from '../../ui/format.ts';
import styles from './body.module.css';

const orNone = (value: number | null, print: (value: number) => string) =>
  value === null ? '–' : print(value);

export function AgreementTable({ result }: { result: EstimateResult }) {
  const shown = useWorkbench((state) => state.shown);
  const rows = shown.flatMap((arm) => {
    const own = result.arms[arm];
    return own?.agreement ? [{ arm, own, agreement: own.agreement }] : [];
  });
  const leftOut = rows.flatMap(({ arm, own }) => own.leftOut.map((each) => ({ arm, ...each })));
  const warnings = rows.flatMap(({ arm, own }) => (own.warning ? [{ arm, warning: own.warning }] : []));
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.scroll} aria-label="Estimate against measurement" tabIndex={0}>
        <table className={styles.table}>
          <caption>Estimate against measurement</caption>
          <thead>
            <tr>
              <th scope="col">model</th>
              <th scope="col" title="Mean of |estimate − measured| over all places">
                mean |error|
              </th>
              <th scope="col" title="Of the places where either is above a thousandth of the largest">
                same sign
              </th>
              <th scope="col" title="Pearson’s">
                correlation
              </th>
              <th scope="col" title="Spearman’s">
                of ranks
              </th>
              <th scope="col" title="Mean of metric(clean) − metric(corrupted): what shares are divided by">
                clean − corrupted
              </th>
              <th scope="col">pairs of prompts</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ arm, own, agreement }) => (
              <tr key={arm}>
                <th scope="row">{armTitle(arm)}</th>
                <td>{compact(meanOf(agreement.meanAbsError))}</td>
                <td>{orNone(agreement.signAgreement, percent)}</td>
                <td>{orNone(agreement.correlation, (value) => number(value, 3))}</td>
                <td>{orNone(agreement.rankCorrelation, (value) => number(value, 3))}</td>
                <td>{signed(own.cleanMetric - own.corruptedMetric)}</td>
                <td>{own.pairs}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {warnings.map(({ arm, warning }) => (
        <p key={arm} className={styles.note}>
          {armTitle(arm)}: {warning}
        </p>
      ))}
      {leftOut.length > 0 && (
        <ul className={styles.note}>
          {leftOut.map(({ arm, pair, reason }) => (
            <li key={`${arm} ${pair}`}>
              {armTitle(arm)}, pair {pair + 1} left out: {reason}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Over layers, which all have as many places. */
function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
