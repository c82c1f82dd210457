/** Signed terms as bars on one axis, a bar per series in each row, the numbers beside them and their difference last. */

import { nice, ticks } from 'd3';
import styles from './BarTable.module.css';
import { largest } from './colour.ts';
import { number, signed } from './format.ts';
import { useRoving } from './useRoving.ts';

export interface BarSeries {
  key: string;
  label: string;
  /** A CSS colour. */
  colour: string;
}

export interface BarRow {
  key: string;
  label: string;
  /** In the order of the series; null where a series has no such term. */
  values: readonly (number | null)[];
  difference: number | null;
  /** Drawn emphasised: what hover and pins elsewhere speak about. */
  hovered?: boolean;
  selected?: boolean;
}

interface BarTableProps {
  caption: string;
  /** Head of the first column. */
  rowName: string;
  series: readonly BarSeries[];
  rows: readonly BarRow[];
  /** Head of the difference column; null leaves it out. */
  differenceLabel: string | null;
  /** Sums and checks below the line, without bars. */
  footer?: readonly { key: string; label: string; values: readonly string[]; difference: string }[];
  onHover: (row: BarRow | null) => void;
  onPick: (row: BarRow) => void;
}

export function BarTable(props: BarTableProps) {
  const { caption, rowName, series, rows, differenceLabel, footer = [] } = props;
  const roving = useRoving(rows.length);
  const values = rows.flatMap((row) => row.values.filter((value) => value !== null));
  const [low, high] = domain(values);
  const tickDigits = Math.max(0, Math.ceil(-Math.log10((high - low) / 5)));
  const differenceLimit = largest(rows.map((row) => row.difference));
  return (
    <table className={styles.table} onPointerLeave={() => props.onHover(null)}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{rowName}</th>
          <th scope="col" className={styles.axis}>
            <span className="visually-hidden">Bars</span>
            {ticks(low, high, 5)
              .filter(insideOf(low, high))
              .map((tick) => (
                <span
                  key={tick}
                  className={styles.tick}
                  style={{ left: share(tick, low, high) }}
                  aria-hidden="true"
                >
                  {number(tick, tickDigits)}
                </span>
              ))}
          </th>
          {series.map(({ key, label, colour }) => (
            <th key={key} scope="col" className={styles.number}>
              <span className={styles.key} style={{ background: colour }} /> {label}
            </th>
          ))}
          {differenceLabel !== null && (
            <th scope="col" colSpan={2} className={styles.number}>
              {differenceLabel}
            </th>
          )}
        </tr>
      </thead>
      <tbody {...roving.list}>
        {rows.map((row, i) => (
          <tr
            key={row.key}
            className={row.selected ? styles.selected : row.hovered ? styles.hovered : undefined}
            onPointerEnter={() => props.onHover(row)}
          >
            <th scope="row">
              <button
                type="button"
                {...roving.item(i)}
                aria-pressed={row.selected ?? false}
                onClick={() => props.onPick(row)}
              >
                {row.label}
              </button>
            </th>
            <td className={styles.bars}>
              <span className={styles.zero} style={{ left: share(0, low, high) }} />
              {row.values.map((value, s) => (
                <span key={series[s]?.key} className={styles.track}>
                  <Bar
                    value={value ?? 0}
                    low={low}
                    high={high}
                    colour={series[s]?.colour ?? 'currentColor'}
                  />
                </span>
              ))}
            </td>
            {row.values.map((value, s) => (
              <td key={series[s]?.key} className={styles.number}>
                {value === null ? '–' : signed(value)}
              </td>
            ))}
            {differenceLabel !== null && <Difference value={row.difference} limit={differenceLimit} />}
          </tr>
        ))}
      </tbody>
      <tfoot>
        {footer.map((row) => (
          <tr key={row.key}>
            <th scope="row" colSpan={2}>
              {row.label}
            </th>
            {row.values.map((value, s) => (
              <td key={series[s]?.key} className={styles.number}>
                {value}
              </td>
            ))}
            {differenceLabel !== null && (
              <>
                <td className={styles.differenceBar} />
                <td className={styles.number}>{row.difference}</td>
              </>
            )}
          </tr>
        ))}
      </tfoot>
    </table>
  );
}

function Difference({ value, limit }: { value: number | null; limit: number }) {
  const colour = (value ?? 0) < 0 ? 'var(--negative)' : 'var(--positive)';
  return (
    <>
      <td className={styles.differenceBar}>
        <span className={styles.plot}>
          <span className={styles.zero} style={{ left: '50%' }} />
          <span className={styles.track}>
            <Bar value={value ?? 0} low={-limit} high={limit} colour={colour} />
          </span>
        </span>
      </td>
      <td className={styles.number}>{value === null ? '–' : signed(value)}</td>
    </>
  );
}

function Bar({ value, low, high, colour }: { value: number; low: number; high: number; colour: string }) {
  if (!Number.isFinite(value)) return <span className={styles.fault}>{signed(value)}</span>;
  const [from, to] = value < 0 ? [value, 0] : [0, value];
  return (
    <span
      className={styles.bar}
      style={{
        left: share(from, low, high),
        right: `calc(100% - ${share(to, low, high)})`,
        background: colour,
      }}
    />
  );
}

/** The axis: all values and zero, out to round numbers. */
function domain(values: readonly number[]): [number, number] {
  const finite = values.filter(Number.isFinite);
  if (finite.every((value) => value === 0)) return [0, 1]; // an axis of no length has no ticks
  return nice(Math.min(0, ...finite), Math.max(0, ...finite), 5) as [number, number];
}

/** Ticks whose text would run into the neighbouring column heads are left out. */
function insideOf(low: number, high: number) {
  const margin = 0.07 * (high - low);
  return (tick: number) => tick >= low + margin && tick <= high - margin;
}

function share(value: number, low: number, high: number): string {
  return high > low ? `${((value - low) / (high - low)) * 100}%` : '0%';
}
