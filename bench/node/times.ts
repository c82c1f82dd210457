/** Where the time of a call goes, for people: on the device, in launching, and against peers that were measured apart. */

import type { OtherPeer, Row } from '../contract.ts';
import { inColumns } from '../table.ts';

const COLUMNS = ['row', 'ours, median', 'min', 'on the device', 'beyond it', 'per dispatch', 'others'];

/** Timed rows only, per call; and per dispatch what a call takes beyond the device's own time. */
export function formatTimes(rows: readonly Row[]): string {
  return inColumns([COLUMNS, ...rows.flatMap((row) => (row.ours ? [cellsOf(row)] : []))]);
}

function cellsOf({ name, ours, clocked, dispatches, others = [] }: Row): string[] {
  const call = clocked?.ours ?? null;
  const beyond = call && call.callMs - call.deviceMs;
  return [
    name,
    time(ours?.ms.median ?? Number.NaN),
    time(ours?.ms.min ?? Number.NaN),
    call ? time(call.deviceMs) : '–',
    beyond === null ? '–' : time(beyond),
    beyond === null || !dispatches ? '–' : time(beyond / dispatches),
    others.map(formatOther).join('; ') || '–',
  ];
}

/** Three digits, in the unit that suits. */
function time(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toPrecision(3)} s`;
  return ms >= 1 ? `${ms.toPrecision(3)} ms` : `${(1000 * ms).toFixed(1)} µs`;
}

/** `torch eager 4.01 ms: 0.720, ≤ 1 met`. */
function formatOther({ peer, ms, ratio, target, pass }: OtherPeer): string {
  const against = target === null ? '' : `, ≤ ${target} ${pass ? 'met' : 'MISSED'}`;
  return `${peer} ${time(ms.median)}: ${ratio.toPrecision(3)}${against}`;
}
