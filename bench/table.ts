/** The result for people: one line per row, misses in plain words. */

import type { SideFigures } from '../tools/bench/pairs.ts';
import type { Row } from './contract.ts';

const COLUMNS = [
  'row',
  'T',
  'ours',
  'peer',
  'against',
  'ratio',
  '90 %',
  'target',
  'verdict',
  'max |Δ|',
  'disp.',
  'submits',
  'load',
];

export function formatTable(rows: readonly Row[]): string {
  return inColumns([COLUMNS, ...rows.map(cellsOf)]);
}

/** Lines of cells below each other, the first line the heads. */
export function inColumns(lines: readonly (readonly string[])[]): string {
  const [heads = []] = lines;
  const widths = heads.map((_, i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]) => cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ');
  return lines.map((cells) => line(cells).trimEnd()).join('\n');
}

function cellsOf(row: Row): string[] {
  return [
    row.name,
    String(row.T),
    side(row.ours),
    side(row.theirs),
    row.peer,
    row.ratio === null ? '–' : figure(row.ratio),
    row.ci ? `${figure(row.ci[0])} to ${figure(row.ci[1])}` : '–',
    row.target === null ? '–' : `≤ ${row.target}`,
    verdict(row),
    row.err === null ? '–' : row.err.toExponential(1),
    row.dispatches === null ? '–' : String(row.dispatches),
    row.submits === null ? '–' : String(row.submits),
    row.load1.toFixed(1),
  ];
}

/** `38.5 ms (0.071 CPU-s)`: medians per call. */
function side(figures: SideFigures | null): string {
  if (!figures) return '–';
  const { ms, cpuSeconds } = figures;
  const time = ms.median < 1000 ? `${ms.median.toPrecision(3)} ms` : `${(ms.median / 1000).toPrecision(3)} s`;
  return cpuSeconds ? `${time} (${cpuSeconds.median.toPrecision(2)} CPU-s)` : time;
}

function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

/** A person must see at once what failed and why. */
function verdict(row: Row): string {
  if (row.failure) return `FAILED: ${row.failure}`;
  const noise = row.noisy ? ', noisy' : '';
  if (!row.pass) return `MISSED${noise}`;
  return (row.target === null ? 'reported' : 'met') + noise;
}
