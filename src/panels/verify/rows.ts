/** A report as the chart and the tables take it. */

import type { AnalysisResult, ArmId, VerifiedEngine, VerifyRow } from '../../engine/api.ts';
import { type CsvCell, toCsv } from '../../ui/csv.ts';

type Report = AnalysisResult<'verify'>;

/** One model's hooks in the order of the forward pass, and each two engines' relative differences at them. */
export interface Track {
  arm: ArmId;
  hooks: string[];
  groups: { key: string; label: string; count: number }[];
  pairs: { engines: readonly [VerifiedEngine, VerifiedEngine]; rows: VerifyRow[] }[];
}

export function tracksOf({ arms, hooks }: Report): Track[] {
  return Object.keys(arms).map((arm) => {
    const own = hooks.filter((row) => row.arm === arm);
    const pairs = new Map<string, Track['pairs'][number]>();
    for (const row of own) {
      const pair = pairs.get(row.engines.join()) ?? { engines: row.engines, rows: [] };
      pair.rows.push(row);
      pairs.set(row.engines.join(), pair);
    }
    const names = [...pairs.values()][0]?.rows.map(({ hook }) => hook) ?? [];
    return { arm, hooks: names, groups: groupsOf(names), pairs: [...pairs.values()] };
  });
}

/** Layers by their number; what lies before and after them has no name. */
export function groupsOf(hooks: readonly string[]): Track['groups'] {
  const groups: Track['groups'] = [];
  for (const hook of hooks) {
    const label = /^blocks\.(\d+)\./.exec(hook)?.[1] ?? '';
    const last = groups.at(-1);
    if (last?.label === label) last.count += 1;
    else groups.push({ key: label || (last ? 'after' : 'before'), label, count: 1 });
  }
  return groups;
}

export type Order = 'forward' | 'largest';

/** The rows of the table: all or only those beyond tolerance, as the forward pass has them or the largest first. */
export function tableRows({ hooks }: Report, order: Order, onlyBad: boolean): VerifyRow[] {
  const rows = onlyBad ? hooks.filter(({ ok }) => !ok) : [...hooks];
  return order === 'largest' ? rows.sort(byRelative) : rows;
}

function byRelative(a: VerifyRow, b: VerifyRow): number {
  return a.relative === b.relative ? 0 : b.relative - a.relative; // two infinities have no difference
}

/** Every comparison, with all its numbers. */
export function reportCsv({ hooks }: Report): string {
  const rows = hooks.map((row): CsvCell[] => [
    row.arm,
    row.hook,
    ...row.engines,
    row.count,
    row.maxAbs,
    row.meanAbs,
    row.rms,
    row.relative,
    row.nonFinite,
    row.ok,
  ]);
  const names = ['max_abs', 'mean_abs', 'rms', 'relative', 'non_finite', 'ok'];
  return toCsv(['model', 'hook', 'engine_1', 'engine_2', 'count', ...names], rows);
}
