/** A heat map: cells on a canvas, axes as text, arrow keys over the cells, and each cell's words for screen readers. */

import { type KeyboardEvent, type PointerEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import type { ScaleKind } from './colour.ts';
import { type CellPainter, drawCells } from './drawCells.ts';
import styles from './Heatmap.module.css';
import { useGrown } from './Maximise.tsx';
import { useResize } from './useResize.ts';
import { useScheme } from './useScheme.ts';

export interface Cell {
  row: number;
  column: number;
}

interface HeatmapProps {
  /** Accessible name; `caption` is what stands above. */
  label: string;
  caption?: string;
  rows: readonly string[];
  columns: readonly string[];
  /** Row-major, rows × columns. */
  values: ArrayLike<number>;
  limit: number;
  kind?: ScaleKind;
  /** On the page; larger where its panel fills the window. */
  cellHeight: number;
  /** Its cells are as wide as high; whoever draws it says so by its width. */
  square?: boolean;
  /** Prints values inside cells that are wide enough. */
  print?: (value: number, row: number, column: number) => string;
  /** Draws the inside of a cell in place of a colour. */
  paint?: CellPainter;
  /** Columns named by upright text instead of level text. */
  uprightColumns?: boolean;
  /** A row drawn without colour, left out of the scale. */
  asideRow?: number;
  /** The pinned cell or line (row or column −1: all of it), and the one hovered anywhere on the page. */
  selected?: Cell | null;
  hovered?: Cell | null;
  /** A cell in words, value included. */
  describe: (cell: Cell) => string;
  /** The anchor is for a tooltip; there is none where the keyboard walks. */
  onHover: (cell: Cell | null, anchor: DOMRect | null) => void;
  onPick: (cell: Cell) => void;
}

/** Upright labels need this much; where columns are narrower only every second, third … is named. */
const LABEL_WIDTH = 9.5;

const NEAREST: ScrollIntoViewOptions = { block: 'nearest', inline: 'nearest' };

const STEPS: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, Number.NEGATIVE_INFINITY],
  End: [0, Number.POSITIVE_INFINITY],
  PageUp: [Number.NEGATIVE_INFINITY, 0],
  PageDown: [Number.POSITIVE_INFINITY, 0],
};

export function Heatmap(props: HeatmapProps) {
  const { label, caption, rows, columns, values, limit, kind = 'diverging', print } = props;
  const id = useId();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [walked, setWalked] = useState<Cell>({ row: 0, column: 0 });
  const [focused, setFocused] = useState(false);
  const scheme = useScheme();
  const cellHeight = useGrown(props.cellHeight, rows.length, props.square ? columns.length : 0);
  const height = rows.length * cellHeight;
  const active = clamp(walked, rows.length, columns.length);

  const width = useRef(0);
  const [stride, setStride] = useState(1);
  const draw = () => {
    if (!canvas.current || width.current === 0) return;
    const plan = {
      rows: rows.length,
      columns: columns.length,
      width: width.current,
      height,
      limit,
      kind,
      print,
    };
    drawCells(canvas.current, values, { ...plan, asideRow: props.asideRow, paint: props.paint });
  };
  const box = useResize<HTMLDivElement>((wide) => {
    width.current = wide;
    if (props.uprightColumns) setStride(Math.ceil((LABEL_WIDTH * columns.length) / wide));
    draw();
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: all that is drawn, and the scheme whose colours it takes
  useLayoutEffect(draw, [
    values,
    limit,
    kind,
    height,
    rows.length,
    columns.length,
    print,
    props.paint,
    props.asideRow,
    scheme,
  ]);

  const rectOf = (cell: Cell): DOMRect | null => {
    const bounds = box.current?.getBoundingClientRect();
    if (!bounds) return null;
    const cellWidth = bounds.width / columns.length;
    return new DOMRect(
      bounds.x + cell.column * cellWidth,
      bounds.y + cell.row * cellHeight,
      cellWidth,
      cellHeight,
    );
  };
  const cellAt = (event: PointerEvent<HTMLElement> | React.MouseEvent<HTMLElement>): Cell => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const column = Math.floor(((event.clientX - bounds.x) / bounds.width) * columns.length);
    return clamp(
      { row: Math.floor((event.clientY - bounds.y) / cellHeight), column },
      rows.length,
      columns.length,
    );
  };
  /** The tooltip follows the pointer only: under the keyboard it would hide the neighbours. */
  const hover = (cell: Cell | null, pointer = false) =>
    props.onHover(cell, cell && pointer ? rectOf(cell) : null);

  const atKeys = () => box.current?.matches(':focus-visible') ?? false;

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      props.onPick(active);
      return;
    }
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const next = clamp(
      { row: active.row + step[0], column: active.column + step[1] },
      rows.length,
      columns.length,
    );
    setWalked(next);
    hover(next);
    requestAnimationFrame(() => box.current?.querySelector('[data-active]')?.scrollIntoView(NEAREST));
  };

  return (
    <figure className={styles.map}>
      {caption && <figcaption className={styles.caption}>{caption}</figcaption>}
      <div className={styles.grid}>
        <div className={props.uprightColumns ? styles.uprightColumns : styles.columns} aria-hidden="true">
          {columns.map((column, c) => (
            <span key={column} className={c % stride ? styles.unnamed : undefined}>
              {column}
            </span>
          ))}
        </div>
        <div className={styles.rows} aria-hidden="true">
          {rows.map((row, r) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows are places, and two tokens may have one text
            <span key={r} style={{ height: cellHeight }}>
              {row}
            </span>
          ))}
        </div>
        {/* biome-ignore-start lint/a11y: a grid whose cells are painted; only the active one exists as an element */}
        <div
          ref={box}
          className={styles.cells}
          style={{ height }}
          role="grid"
          tabIndex={0}
          aria-label={label}
          aria-rowcount={rows.length}
          aria-colcount={columns.length}
          aria-activedescendant={`${id}-active`}
          onKeyDown={onKeyDown}
          onFocus={() => {
            setFocused(true);
            if (atKeys()) hover(active);
          }}
          onBlur={() => {
            setFocused(false);
            hover(null);
          }}
          onPointerMove={(event) => hover(cellAt(event), true)}
          onPointerLeave={() => hover(atKeys() ? active : null)}
          onClick={(event) => {
            const cell = cellAt(event);
            setWalked(cell);
            hover(cell, true); // a finger that taps does not move
            props.onPick(cell);
          }}
        >
          <canvas ref={canvas} />
          <div role="row" className="visually-hidden" aria-rowindex={active.row + 1}>
            <span role="gridcell" id={`${id}-active`} aria-colindex={active.column + 1} tabIndex={-1}>
              {props.describe(active)}
            </span>
          </div>
          <Frame
            cell={props.selected}
            className={styles.selected}
            rows={rows.length}
            columns={columns.length}
          />
          <Frame
            cell={props.hovered}
            className={styles.hovered}
            rows={rows.length}
            columns={columns.length}
          />
          {focused && (
            <Frame
              active
              cell={active}
              className={styles.active}
              rows={rows.length}
              columns={columns.length}
            />
          )}
        </div>
        {/* biome-ignore-end lint/a11y: see above */}
      </div>
    </figure>
  );
}

interface FrameProps {
  /** Marks where the keyboard stands, to be scrolled to. */
  active?: boolean;
  cell: Cell | null | undefined;
  className: string | undefined;
  rows: number;
  columns: number;
}

/** An outline around a cell, or around a whole row or column where the other index is −1. */
function Frame({ active, cell, className, rows, columns }: FrameProps) {
  if (!cell || cell.row >= rows || cell.column >= columns) return null;
  const [top, height] = cell.row < 0 ? [0, 1] : [cell.row / rows, 1 / rows];
  const [left, width] = cell.column < 0 ? [0, 1] : [cell.column / columns, 1 / columns];
  const share = (value: number) => `${value * 100}%`;
  return (
    <span
      className={className}
      data-active={active}
      style={{ top: share(top), height: share(height), left: share(left), width: share(width) }}
    />
  );
}

function clamp(cell: Cell, rows: number, columns: number): Cell {
  return {
    row: Math.min(Math.max(cell.row, 0), rows - 1),
    column: Math.min(Math.max(cell.column, 0), columns - 1),
  };
}
