/** Scales from values to colours. Positive blue, negative red, sequential amber; ink stays readable on every shade. */

/** `diverging`: symmetric about 0. `sequential`: from 0 up. */
export type ScaleKind = 'diverging' | 'sequential';

/** The strongest mix of colour into the page: beyond it, text on the cell would lose contrast. */
export const STRONGEST = 0.62;

/** Share of colour for a value: 0 at 0, `STRONGEST` at ±limit and beyond; null where there is nothing finite to colour. */
export function strength(value: number, limit: number): number | null {
  if (!Number.isFinite(value)) return null;
  if (!(limit > 0)) return 0;
  return Math.min(1, Math.abs(value) / limit) * STRONGEST;
}

/** The custom property that holds a value's hue. */
export function hue(value: number, kind: ScaleKind): '--positive' | '--negative' | '--heat' {
  if (kind === 'sequential') return '--heat';
  return value < 0 ? '--negative' : '--positive';
}

/** A CSS colour for a cell of the page, in either theme. */
export function cellColour(value: number, limit: number, kind: ScaleKind): string {
  const share = strength(value, limit);
  if (share === null) return 'var(--fault)';
  return `color-mix(in oklab, var(${hue(value, kind)}) ${(share * 100).toFixed(1)}%, var(--surface))`;
}

/** The largest finite size among the values: a scale's limit. 0 where there is none. */
export function largest(values: Iterable<number | null>): number {
  let limit = 0;
  for (const value of values) {
    if (value !== null && Number.isFinite(value)) limit = Math.max(limit, Math.abs(value));
  }
  return limit;
}
