/** The tables behind the pictures: every part with its effect, and with its estimate; drawn once they are opened. */

import { type ReactNode, useState } from 'react';
import type { EstimateResult } from '../../state/closer/patching.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { number, signed } from '../../ui/format.ts';
import styles from './body.module.css';
import { placesOf } from './estimate.ts';
import { cellName, cellsOf, effectOf, type OfArm } from './maps.ts';

/** A table that may be long: none until it is asked for. */
function Folded({ summary, children }: { summary: string; children: () => ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <details className={styles.folded} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <section className={styles.long} aria-label={summary} tabIndex={0}>
          {children()}
        </section>
      )}
    </details>
  );
}

/** Rows are the parts of any arm: the strongest neurons are not the same on every arm. */
export function EffectTable({ arms, pieces }: { arms: readonly OfArm[]; pieces: readonly string[] }) {
  const granularity = arms[0]?.map.convention.granularity ?? 'position';
  const cells = () => {
    const named = arms.flatMap(({ map }) =>
      cellsOf(map, granularity).map(({ cell }) => [cellName(cell, pieces), cell] as const),
    );
    return [...new Map(named)];
  };
  return (
    <Folded summary="Effects as a table">
      {() => (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">part</th>
              {arms.map(({ arm }) => (
                <th key={arm} scope="col">
                  {armTitle(arm)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cells().map(([name, cell]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {arms.map(({ arm, map }) => {
                  const effect = effectOf(map, granularity, cell);
                  return <td key={arm}>{effect === null ? '–' : signed(effect, 4)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Folded>
  );
}

interface EstimateTableProps {
  result: EstimateResult;
  pieces: readonly string[];
}

export function EstimateTable({ result, pieces }: EstimateTableProps) {
  const shown = useWorkbench((state) => state.shown);
  const rows = () =>
    shown.flatMap((arm) => {
      const own = result.arms[arm];
      return (own ? placesOf(own) : []).map((place) => ({
        arm,
        name: cellName(place.cell, pieces),
        ...place,
      }));
    });
  return (
    <Folded summary="Estimates as a table">
      {() => (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">part</th>
              <th scope="col">model</th>
              <th scope="col">estimated</th>
              <th scope="col">measured</th>
              <th scope="col">error</th>
            </tr>
          </thead>
          <tbody>
            {rows().map(({ arm, name, estimate, measured }) => (
              <tr key={`${arm} ${name}`}>
                <th scope="row">{name}</th>
                <td>{armTitle(arm)}</td>
                <td>{signed(estimate, 4)}</td>
                <td>{signed(measured, 4)}</td>
                <td>{number(estimate - measured, 4)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Folded>
  );
}
