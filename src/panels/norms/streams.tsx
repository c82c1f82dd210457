/** The residual stream that decides σ: its length and its turns from stage to stage, and its largest dimensions. */

import { useState } from 'react';
import { meaningOf } from '../../lessons/glossary.ts';
import { setNorms } from '../../state/closer/normsAsks.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { compact, number } from '../../ui/format.ts';
import { LinePlot, type PlotLine } from '../../ui/LinePlot.tsx';
import styles from './body.module.css';
import { type ArmScales, dimensionInWords, meanOfRest, rowOf, stageName } from './words.ts';

/** More layers than this are numbered by the axis itself. */
const NAMED_LAYERS = 12;

export function Streams({ arms }: { arms: readonly ArmScales[] }) {
  const chosen = useWorkbench((state) => state.closer.norms.stage);
  const [hovered, setHovered] = useState<number | null>(null);
  const [first] = arms;
  if (!first) return null;
  const { stages } = first.scales;
  const last = stages.length - 1;
  const stage = Math.min(hovered ?? chosen ?? last, last);
  const lengths = linesOf(arms, 'lengths');
  const cosines = linesOf(arms, 'cosines');
  const words = (lines: readonly PlotLine[], format: (y: number) => string) => (x: number) =>
    `${stageName(stages[x] ?? '')}: ${lines.map(({ label, points }) => `${label} ${format(points[x]?.y ?? Number.NaN)}`).join(', ')}`;
  const layers = (last - 1) / 2;
  const x = {
    label: 'stage of the residual stream',
    domain: [0, last] as const,
    ticks:
      layers <= NAMED_LAYERS
        ? [
            { value: 0, label: 'emb' },
            ...Array.from({ length: layers }, (_, layer) => ({ value: 2 * layer + 3, label: `L${layer}` })),
          ]
        : undefined,
  };
  const shared = { x, at: stage, onHover: setHovered, onPick: (at: number) => void setNorms({ stage: at }) };
  return (
    <>
      <div className={styles.plots}>
        <LinePlot
          {...shared}
          label="Length of the residual stream by stage"
          caption="Length (L2, mean taken off)"
          y={{ label: 'length', log: true, format: compact }}
          lines={lengths}
          describe={words(lengths, compact)}
        />
        <LinePlot
          {...shared}
          label="Cosine of each stage with the next"
          caption="Cosine with the next stage (mean taken off)"
          y={{ label: 'cosine', format: (value) => number(value, 1) }}
          lines={cosines}
          describe={words(cosines, (value) => number(value, 3))}
        />
      </div>
      <Massive arms={arms} stage={stage} />
    </>
  );
}

/** Per arm the mean over positions ≥ 1, and position 0 apart. */
function linesOf(arms: readonly ArmScales[], which: 'lengths' | 'cosines'): PlotLine[] {
  return arms.flatMap(({ arm, scales }) => {
    const table = scales[which];
    const rows = Array.from({ length: table.shape[0] ?? 0 }, (_, row) => rowOf(table, row));
    const line = (
      key: string,
      label: string,
      dashed: boolean,
      y: (row: readonly number[]) => number,
    ): PlotLine => ({
      key: `${arm} ${key}`,
      label: `${armTitle(arm)}, ${label}`,
      colour: `var(--arm-${arm}, var(--ink))`,
      dashed,
      points: rows.map((row, x) => ({ x, y: y(row) })),
    });
    return [
      line('rest', 'other positions', false, meanOfRest),
      line('first', 'position 0', true, (row) => row[0] ?? Number.NaN),
    ];
  });
}

/** The dimensions with the largest squares at one stage. */
function Massive({ arms, stage }: { arms: readonly ArmScales[]; stage: number }) {
  const name = stageName(arms[0]?.scales.stages[stage] ?? '');
  return (
    <section className={styles.scroll} aria-label="Largest dimensions">
      <table className={styles.table}>
        <caption>
          Largest dimensions, {name}: number (value, share of the squared length); later positions together,
          by root mean square. Click a plot to choose the stage.
        </caption>
        <thead>
          <tr>
            <th scope="col">model</th>
            <th scope="col" title={meaningOf('position 0')}>
              position 0
            </th>
            <th scope="col">other positions</th>
          </tr>
        </thead>
        <tbody>
          {arms.map(({ arm, scales }) => (
            <tr key={arm}>
              <th scope="row">{armTitle(arm)}</th>
              <td>{scales.massive[stage]?.first.map(dimensionInWords).join(' · ')}</td>
              <td>{scales.massive[stage]?.rest.map(dimensionInWords).join(' · ') || 'there are none'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
