/** Every head's scores as a table, ordered by any of them. */

import { useState } from 'react';
import { meaningOf } from '../../lessons/glossary.ts';
import { togglePin } from '../../state/actions.ts';
import { armTitle } from '../../state/selectors.ts';
import { number } from '../../ui/format.ts';
import styles from './body.module.css';
import { type ArmOverview, orderedHeads, SCORES, scoreOf, type TableOrder } from './heads.ts';

export function ScoreTable({ arms }: { arms: readonly ArmOverview[] }) {
  const [open, setOpen] = useState(false);
  const [order, setOrder] = useState<TableOrder>(null);
  const columns = arms.flatMap(({ arm, overview }) => SCORES.map((score) => ({ arm, overview, ...score })));
  const isBy = (arm: string, name: string) => order?.arm === arm && order.name === name;
  return (
    <details className={styles.details} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Every head’s scores as a table</summary>
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <section className={styles.tall} aria-label="Every head's scores" tabIndex={0}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th
                  scope="col"
                  rowSpan={2}
                  title={meaningOf('head')}
                  aria-sort={order ? 'none' : 'ascending'}
                >
                  <button type="button" className={styles.sort} onClick={() => setOrder(null)}>
                    head
                  </button>
                </th>
                {arms.map(({ arm }) => (
                  <th key={arm} scope="colgroup" colSpan={SCORES.length}>
                    {armTitle(arm)}
                  </th>
                ))}
              </tr>
              <tr>
                {columns.map(({ arm, name, label, about }) => (
                  <th
                    key={`${arm} ${name}`}
                    scope="col"
                    title={about}
                    aria-sort={isBy(arm, name) ? 'descending' : 'none'}
                  >
                    <button type="button" className={styles.sort} onClick={() => setOrder({ arm, name })}>
                      {label}
                      {isBy(arm, name) && ' ↓'}
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {orderedHeads(arms, order).map(([layer, head]) => (
                <tr key={`${layer}.${head}`}>
                  <th scope="row">
                    <button
                      type="button"
                      className={styles.head}
                      onClick={() => void togglePin({ layer, head })}
                    >
                      L{layer}H{head}
                    </button>
                  </th>
                  {columns.map(({ arm, overview, name }) => {
                    const value = scoreOf(overview, name, layer, head);
                    return <td key={`${arm} ${name}`}>{value === null ? 'n/a' : number(value, 3)}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
