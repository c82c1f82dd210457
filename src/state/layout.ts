/** How wide the answers' columns are, as a person has moved them: remembered in this browser, part of no link and no undo. */

import type { Columns } from './layoutStored.ts';
import { recall, remember } from './remembered.ts';

const KEY = 'normless.layout';

/** As the style sheet has them while nobody has moved any (src/ui/page.module.css). */
const AS_THEY_COME: Columns = [80, 135, 100];

let columns: Columns | null = null;

/** Takes up the widths chosen earlier, if storage may be read; what cannot be a layout is forgotten. */
export async function restoreLayout(): Promise<void> {
  const stored = recall(KEY);
  if (stored === null) return;
  const { readLayout } = await import('./layoutStored.ts'); // few have moved anything
  if (columns) return; // moved meanwhile
  columns = readLayout(stored);
  if (!columns) remember(KEY, null);
  apply();
}

/** Of what columns `index` and `index + 1` have together, the first has `part` from now on: a number between 0 and 1. */
export function moveColumns(index: number, part: number): void {
  const moved: [number, number, number] = [...(columns ?? AS_THEY_COME)];
  const both = (moved[index] ?? 0) + (moved[index + 1] ?? 0);
  moved[index] = rounded(both * part);
  moved[index + 1] = rounded(both * (1 - part));
  columns = moved;
  apply();
}

/** On the next visit, too. */
export function rememberLayout(): void {
  remember(KEY, JSON.stringify({ columns }));
}

/** The layout as it comes, from now on. */
export function resetLayout(): void {
  columns = null;
  remember(KEY, null);
  apply();
}

/** Much finer than a pixel of any screen. */
const rounded = (width: number) => Number(width.toFixed(2));

/** The style sheet reads the widths; index.html sets them before the first paint, so that nothing moves then. */
function apply(): void {
  const { style } = document.documentElement;
  AS_THEY_COME.forEach((_, i) => {
    const width = columns?.[i];
    if (width === undefined) style.removeProperty(`--column-${i}`);
    else style.setProperty(`--column-${i}`, `${width}fr`);
  });
}
