/** The table behind the chart: every comparison with its numbers, on request. */

import { useState } from 'react';
import { engineName } from '../../state/engineNames.ts';
import { armTitle } from '../../state/selectors.ts';
import type { ResultOf } from '../../state/types.ts';
import { magnitude } from '../../ui/format.ts';
import { type Order, tableRows } from './rows.ts';
import styles from './rowTable.module.css';

export function RowTable({ result }: { result: ResultOf<'verify'> }) {
  const [open, setOpen] = useState(false);
  return (
    <details className={styles.details} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Every comparison as a table ({result.hooks.length})</summary>
      {open && <Rows result={result} />}
    </details>
  );
}

function Rows({ result }: { result: ResultOf<'verify'> }) {
  const [order, setOrder] = useState<Order>('forward');
  const [wish, setWish] = useState(false);
  const bad = result.hooks.filter(({ ok }) => !ok).length;
  const onlyBad = wish && bad > 0;
  return (
    <>
      <div className={styles.controls}>
        <label>
          order{' '}
          <select value={order} onChange={(event) => setOrder(event.target.value as Order)}>
            <option value="forward">of the forward pass</option>
            <option value="largest">largest first</option>
          </select>
        </label>
        {bad > 0 && (
          <label>
            <input type="checkbox" checked={onlyBad} onChange={(event) => setWish(event.target.checked)} />{' '}
            only beyond what is allowed ({bad})
          </label>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.scroll} aria-label="Every comparison" tabIndex={0}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">hook</th>
              <th scope="col">model</th>
              <th scope="col">engines</th>
              <th scope="col">relative</th>
              <th scope="col">max |Δ|</th>
              <th scope="col">mean |Δ|</th>
              <th scope="col">allowed</th>
            </tr>
          </thead>
          <tbody>
            {tableRows(result, order, onlyBad).map((row) => (
              <tr
                key={[row.arm, row.hook, ...row.engines].join()}
                className={row.ok ? undefined : styles.bad}
              >
                <th scope="row">
                  <code>{row.hook}</code>
                </th>
                <td>{armTitle(row.arm)}</td>
                <td>{row.engines.map(engineName).join(' – ')}</td>
                <td>{magnitude(row.relative, 2)}</td>
                <td>{magnitude(row.maxAbs, 2)}</td>
                <td>{magnitude(row.meanAbs, 2)}</td>
                <td>{row.ok ? 'within' : 'beyond'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
