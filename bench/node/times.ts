/** Where the time of a call goes, for people: on the device, in launching, and against peers that were measured apart. */

import type { OtherPeer, Row } from '../contract.ts';

const COLUMNS = ['row', 'ours, median', 'min', 'on the device', 'beyond it', 'per dispatch', 'others'];

/** Timed rows only; milliseconds per call, and µs per dispatch of what a call takes beyond the device's own time. */
export function formatTimes(rows: readonly Row[]): string {
  const cells = [COLUMNS, ...rows.flatMap((row) => (row.ours ? [cellsOf(row)] : []))];
  const widths = COLUMNS.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cellsOf({ name, ours, gpuMs, dispatches, others = [] }: Row): string[] {
  const wall = ours?.ms.median ?? Number.NaN;
  const onDevice = gpuMs?.ours ?? null;
  const beyond = onDevice === null ? null : wall - onDevice;
  const perDispatch = beyond === null || !dispatches ? null : (1000 * beyond) / dispatches;
  return [
    name,
    milliseconds(wall),
    milliseconds(ours?.ms.min ?? Number.NaN),
    onDevice === null ? '–' : milliseconds(onDevice),
    beyond === null ? '–' : milliseconds(beyond),
    perDispatch === null ? '–' : `${perDispatch.toPrecision(3)} µs`,
    others.map(formatOther).join('; ') || '–',
  ];
}

function milliseconds(ms: number): string {
  return `${ms.toPrecision(3)} ms`;
}

/** `torch eager 4.01 ms: 0.72, ≤ 1 met`. */
function formatOther({ peer, ms, ratio, target, pass }: OtherPeer): string {
  const against = target === null ? '' : `, ≤ ${target} ${pass ? 'met' : 'MISSED'}`;
  return `${peer} ${milliseconds(ms.median)}: ${ratio.toPrecision(3)}${against}`;
}
