/**
 * The prompt as tokens, one column each, with rows of values beneath; a column chosen by click or arrow keys. One line that
 * scrolls, or where the strip fills the window, as many as it takes.
 */

import { type KeyboardEvent, memo, useEffect, useRef } from 'react';
import { cellColour, type ScaleKind } from './colour.ts';
import { glyphs } from './glyphs.ts';
import { useMaximised } from './Maximise.tsx';
import styles from './TokenStrip.module.css';

export interface StripRow {
  key: string;
  label: string;
  /** One per token; null where there is none (no next token to lose on). */
  values: readonly (number | null)[];
  kind: ScaleKind;
  limit: number;
  format: (value: number) => string;
}

interface TokenStripProps {
  tokens: readonly { id: number; piece: string }[];
  rows: readonly StripRow[];
  selected: number;
  hovered: number | null;
  /** BOS or simply the first: drawn apart, without colour. */
  asideColumn: number;
  onSelect: (position: number) => void;
  onHover: (position: number | null, anchor: DOMRect | null) => void;
}

/** CSS pixels of a column, and of the names of the rows, as a line of the window is planned. */
const COLUMN = 54;
const ROW_NAMES = 140;

/** So many tokens stand on a line. */
function usePerLine(): number {
  if (!useMaximised()) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.floor((window.innerWidth - ROW_NAMES) / COLUMN));
}

export function TokenStrip({
  tokens,
  rows,
  selected,
  hovered,
  asideColumn,
  onSelect,
  onHover,
}: TokenStripProps) {
  const perLine = usePerLine();
  const scroller = useRef<HTMLDivElement>(null);
  const button = (position: number) =>
    scroller.current?.querySelector<HTMLElement>(`button[data-position="${position}"]`);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new prompt may put the same position elsewhere
  useEffect(() => {
    const [box, column] = [scroller.current, button(selected)?.parentElement];
    if (!box || !column) return;
    const left = column.offsetLeft - box.clientWidth / 2;
    box.scrollTo({ left });
  }, [selected, tokens]);

  const onKeyDown = (event: KeyboardEvent) => {
    const last = tokens.length - 1;
    const next = { ArrowLeft: selected - 1, ArrowRight: selected + 1, Home: 0, End: last }[event.key];
    if (next === undefined || next < 0 || next > last) return;
    event.preventDefault();
    button(next)?.focus({ preventScroll: true });
    onSelect(next);
  };
  const hoverFrom = (target: EventTarget) => {
    const cell = target instanceof Element ? target.closest<HTMLElement>('[data-position]') : null;
    if (cell) onHover(Number(cell.dataset.position), cell.getBoundingClientRect());
  };

  const starts = tokens.map((_, position) => position).filter((position) => position % perLine === 0);
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      onPointerOver={(event) => hoverFrom(event.target)}
      onPointerLeave={() => onHover(null, null)}
    >
      {starts.map((start) => (
        <table
          key={start}
          aria-label={`Tokens of the prompt, one column each${start > 0 ? `, from position ${start}` : ''}`}
          className={styles.strip}
        >
          <thead>
            <tr onKeyDown={onKeyDown}>
              <th scope="col" className={styles.corner}>
                <span className="visually-hidden">Row</span>
              </th>
              {tokens.slice(start, start + perLine).map((token, i) => (
                <TokenHead
                  // biome-ignore lint/suspicious/noArrayIndexKey: a position is its index
                  key={start + i}
                  position={start + i}
                  id={token.id}
                  piece={token.piece}
                  aside={start + i === asideColumn}
                  selected={start + i === selected}
                  hovered={start + i === hovered}
                  onSelect={onSelect}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <ValueRow
                key={row.key}
                row={row}
                start={start}
                end={start + perLine}
                selected={selected}
                asideColumn={asideColumn}
              />
            ))}
          </tbody>
        </table>
      ))}
    </div>
  );
}

interface TokenHeadProps {
  position: number;
  id: number;
  piece: string;
  aside: boolean;
  selected: boolean;
  hovered: boolean;
  onSelect: (position: number) => void;
}

const TokenHead = memo(function TokenHead(props: TokenHeadProps) {
  const { position, id, piece, selected, hovered, aside } = props;
  const state = [styles.token, selected && styles.selected, hovered && styles.hovered, aside && styles.aside];
  return (
    <th scope="col">
      <button
        type="button"
        className={state.filter(Boolean).join(' ')}
        data-position={position}
        tabIndex={selected ? 0 : -1}
        aria-pressed={selected}
        aria-description={`position ${position}, token id ${id}${aside ? ', first position' : ''}`}
        onClick={() => props.onSelect(position)}
      >
        <span className={styles.position}>{position}</span>{' '}
        <span className={styles.piece}>{glyphs(piece)}</span> <span className={styles.id}>{id}</span>
      </button>
    </th>
  );
});

interface ValueRowProps {
  row: StripRow;
  /** The positions from `start` to before `end`. */
  start: number;
  end: number;
  selected: number;
  asideColumn: number;
}

const ValueRow = memo(function ValueRow({ row, start, end, selected, asideColumn }: ValueRowProps) {
  return (
    <tr>
      <th scope="row" className={styles.rowLabel}>
        {row.label}
      </th>
      {row.values.slice(start, end).map((value, i) => (
        <td
          // biome-ignore lint/suspicious/noArrayIndexKey: a position is its index
          key={start + i}
          data-position={start + i}
          className={start + i === selected ? styles.selectedCell : undefined}
          style={
            value === null || (start + i === asideColumn && Number.isFinite(value))
              ? undefined
              : { background: cellColour(value, row.limit, row.kind) }
          }
        >
          {value === null ? '·' : row.format(value)}
        </td>
      ))}
    </tr>
  );
});
