/** Results as tables: figures by what they are and whose, how many claims hold, all of it as CSV. */

import type { ClaimResult, Figure, Verdict } from '../../claims/index.ts';
import { toCsv } from '../../ui/csv.ts';

export interface FigureRow {
  what: string;
  /** In the order of the columns; null where there is none. */
  cells: (Figure | null)[];
}

/** One row for each figure of a kind, one column for each model, with one for figures of several models together where there are any. */
export function figureTable(figures: readonly Figure[]): { arms: (string | null)[]; rows: FigureRow[] } {
  const arms = [...new Set(figures.map(({ arm }) => arm))].sort(
    (a, b) => Number(a === null) - Number(b === null),
  );
  const whats = [...new Set(figures.map(({ what }) => what))];
  const rows = whats.map((what) => ({
    what,
    cells: arms.map((arm) => figures.find((figure) => figure.what === what && figure.arm === arm) ?? null),
  }));
  return { arms, rows };
}

/** `8 hold, 6 are measured, 16 are not measured yet.` */
export function tally(results: readonly (ClaimResult | null)[]): string {
  const count = (verdict: Verdict) => results.filter((result) => result?.verdict === verdict).length;
  const [good, bad, plain] = [count('holds'), count('does not hold'), count('measured')];
  const rest = results.length - good - bad - plain;
  if (rest === results.length) return `${rest} claims, none measured yet.`;
  const parts = [`${good} ${good === 1 ? 'holds' : 'hold'}`];
  if (bad > 0) parts.push(`${bad} ${bad === 1 ? 'does' : 'do'} not hold`);
  if (plain > 0) parts.push(`${plain} measured, with nothing published for these models`);
  return `${parts.join(', ')}; ${rest} not measured.`;
}

export function figuresCsv(results: readonly ClaimResult[]): string {
  const header = [
    'claim',
    'title',
    'verdict',
    'pair',
    'model',
    'figure',
    'at',
    'value',
    'unit',
    'low',
    'high',
    'rule',
    'expected',
    'tolerance',
    'ok',
    'on',
    'engines',
    'date',
  ];
  return toCsv(
    header,
    results.flatMap(({ claim, title, verdict, pair, figures, on, engines, date }) =>
      figures.map(({ arm, what, at, value, unit, interval, expected, ok }) => [
        claim,
        title,
        verdict,
        pair.id,
        arm,
        what,
        at,
        value,
        unit,
        interval?.[0],
        interval?.[1],
        expected?.rule,
        expected?.value,
        expected?.tolerance,
        ok,
        on,
        engines.join(' '),
        date,
      ]),
    ),
  );
}
