/** Figures in words: the same on screen, in Markdown and in tests, so that what is exported is what was shown. */

import type { Expected, Figure } from './types.ts';

const SIGNS: Readonly<Record<Exclude<Expected['rule'], 'equals'>, string>> = {
  'at most': '≤',
  'at least': '≥',
  'less than': '<',
  'greater than': '>',
};

/** As many digits as what it is held against can tell apart, else four; units and intervals not among them. */
export function valueInWords({ value, expected }: Figure): string {
  if (typeof value === 'string') return value;
  return expected?.rule === 'equals' ? toTolerance(value, expected.tolerance) : significant(value);
}

/** `3.337 ± 0.005`, `≤ 1e-5`; null where it is held against nothing. */
export function expectedInWords({ expected }: Figure): string | null {
  if (!expected) return null;
  const { rule, value, tolerance } = expected;
  if (typeof value === 'string') return value;
  if (rule !== 'equals') return `${SIGNS[rule]} ${significant(value)}`;
  return `${toTolerance(value, tolerance)} ± ${significant(tolerance)}`;
}

/** `[29.9, 66.1]`; empty where there is none. */
export function intervalInWords({ interval }: Figure): string {
  return interval ? `[${interval.map((end) => significant(end)).join(', ')}]` : '';
}

function toTolerance(value: number, tolerance: number): string {
  if (!Number.isFinite(value) || tolerance === 0) return significant(value);
  return minus(value.toFixed(Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(tolerance))))));
}

/** Four significant digits, by power of ten where that is shorter. */
function significant(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '−Inf';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return minus(String(value));
  const short = Number(value.toPrecision(4));
  if (size < 1e-3 || size >= 1e6) return minus(short.toExponential().replace('e+', 'e'));
  return minus(String(short));
}

/** A true minus in front; powers of ten keep theirs, as everywhere on the page. */
function minus(text: string): string {
  return text.replace(/^-/, '−');
}
