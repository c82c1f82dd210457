/** Paints the cells of a heat map; colours come from the page's custom properties, so both themes are one code. */

import { hue, type ScaleKind, strength } from './colour.ts';

export type CellPainter = (
  context: CanvasRenderingContext2D,
  cell: { row: number; column: number },
  box: { x: number; y: number; width: number; height: number },
) => void;

export interface CellsPlan {
  rows: number;
  columns: number;
  /** In CSS pixels. */
  width: number;
  height: number;
  limit: number;
  kind: ScaleKind;
  /** Drawn without colour. */
  asideRow?: number | undefined;
  /** Text for cells wide enough. */
  print?: ((value: number, row: number, column: number) => string) | undefined;
  /** Draws a cell's inside itself, in place of a colour: left, top, width and height are given. */
  paint?: CellPainter | undefined;
}

/** Below this width a printed value would touch its neighbours. */
const PRINTABLE_WIDTH = 28;
const PRINTABLE_HEIGHT = 14;

/** What was last drawn on each canvas, to be drawn again where it must be sharper than the screen is. */
const drawn = new WeakMap<HTMLCanvasElement, { values: ArrayLike<number>; plan: CellsPlan }>();

/** Draws rows × columns cells of `values` (row-major); NaN and infinities stand out in the fault colour. */
export function drawCells(canvas: HTMLCanvasElement, values: ArrayLike<number>, plan: CellsPlan): void {
  drawn.set(canvas, { values, plan });
  canvas.style.width = `${plan.width}px`;
  canvas.style.height = `${plan.height}px`;
  paintCells(canvas, values, plan, devicePixelRatio, getComputedStyle(canvas));
}

/** The canvas with `density` pixels for each of the page, as far as that is known; else as it is. */
export function sharper(canvas: HTMLCanvasElement, density: number): HTMLCanvasElement {
  const known = drawn.get(canvas);
  if (!known || density <= devicePixelRatio) return canvas;
  const copy = document.createElement('canvas');
  paintCells(copy, known.values, known.plan, density, getComputedStyle(canvas));
  return copy;
}

function paintCells(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  plan: CellsPlan,
  ratio: number,
  css: CSSStyleDeclaration,
): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { width, height } = plan;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.scale(ratio, ratio);

  const colour = (name: string) => css.getPropertyValue(name);
  const cellWidth = width / plan.columns;
  const cellHeight = height / plan.rows;
  const gap = cellWidth > 6 && cellHeight > 6 ? 1 : 0;
  const printed = plan.print && cellWidth >= PRINTABLE_WIDTH && cellHeight >= PRINTABLE_HEIGHT;
  context.font = `${Math.min(10.5, cellWidth * 0.32).toFixed(1)}px ${css.fontFamily}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';

  for (let row = 0; row < plan.rows; row++) {
    for (let column = 0; column < plan.columns; column++) {
      const value = values[row * plan.columns + column] ?? Number.NaN;
      const [x, y] = [column * cellWidth, row * cellHeight];
      const fill = (name: string, alpha: number) => {
        context.globalAlpha = alpha;
        context.fillStyle = colour(name);
        context.fillRect(x, y, cellWidth - gap, cellHeight - gap);
      };
      fill('--cell-empty', 1);
      if (plan.paint) {
        plan.paint(context, { row, column }, { x, y, width: cellWidth - gap, height: cellHeight - gap });
        continue;
      }
      const share = strength(value, plan.limit);
      if (share === null) fill('--fault', 1);
      else if (row !== plan.asideRow) fill(hue(value, plan.kind), share);
      context.globalAlpha = 1;
      if (!printed) continue;
      context.fillStyle = colour('--ink');
      context.fillText(
        plan.print?.(value, row, column) ?? '',
        x + (cellWidth - gap) / 2,
        y + cellHeight / 2,
        cellWidth - gap - 2,
      );
    }
  }
}
