/** From lists of terms to what is drawn: bars per term, and a layer × head matrix per arm. */

import type { DlaArm, DlaTerm } from '../../analysis/types/index.ts';
import type { ArmId } from '../../engine/api.ts';
import type { Place, ResultOf } from '../../state/types.ts';
import { glyphs } from '../../ui/glyphs.ts';

type Dla = ResultOf<'dla:component'>;
export type Compared = readonly [ArmId, ArmId] | null;

/** One term over all arms on show. */
export interface TermRow {
  label: string;
  place: Place;
  /** In the order of the arms; null where an arm has no such term. */
  values: (number | null)[];
  difference: number | null;
}

/** Terms of every arm, lined up by label in the first arm's order. */
export function termRows(result: Dla, arms: readonly ArmId[], compared: Compared): TermRow[] {
  const byArm = arms.map((arm) => byLabel(result.arms[arm]?.terms ?? []));
  const [first, second] = compared ? compared.map((arm) => byArm[arms.indexOf(arm)]) : [];
  return (result.arms[arms[0] ?? '']?.terms ?? []).map((term) => {
    const [a, b] = [first?.get(term.label), second?.get(term.label)];
    return {
      label: term.label,
      place: placeOf(term),
      values: byArm.map((terms) => terms.get(term.label) ?? null),
      difference: a === undefined || b === undefined ? null : b - a,
    };
  });
}

/** The `count` most positive and the `count` most negative neurons by mean over the arms, strongest first on each side. */
export function topNeurons(result: Dla, arms: readonly ArmId[], compared: Compared, count = 10): TermRow[] {
  const mean = (row: TermRow) => row.values.reduce<number>((sum, v) => sum + (v ?? 0), 0) / row.values.length;
  const rows = termRows(result, arms, compared)
    .filter((row) => /^L\d+N\d+$/.test(row.label))
    .sort((a, b) => mean(b) - mean(a));
  return rows.length <= 2 * count ? rows : [...rows.slice(0, count), ...rows.slice(-count)];
}

/** What one head adds by way of each token it attends to, in the prompt's order. */
export function sourceRows(
  result: Dla,
  arms: readonly ArmId[],
  compared: Compared,
  head: Required<Pick<Place, 'layer' | 'head'>>,
): TermRow[] {
  const prefix = `L${head.layer}H${head.head}←`;
  return termRows(result, arms, compared).flatMap((row) => {
    if (!row.label.startsWith(prefix)) return [];
    const source = Number(row.label.slice(prefix.length));
    return [
      { ...row, label: `${source} ${glyphs(result.pieces[source] ?? '')}`, place: { term: row.label } },
    ];
  });
}

export interface HeadMatrix {
  layers: number;
  heads: number;
  /** Row-major [layer, head]. */
  values: Float32Array;
}

/** The head terms of one arm as a matrix. */
export function headMatrix(arm: Pick<DlaArm, 'terms'>): HeadMatrix {
  const terms = arm.terms.filter((term) => term.head !== undefined);
  const layers = 1 + Math.max(-1, ...terms.map((term) => term.layer ?? 0));
  const heads = 1 + Math.max(-1, ...terms.map((term) => term.head ?? 0));
  const values = new Float32Array(layers * heads);
  for (const { layer = 0, head = 0, value } of terms) values[layer * heads + head] = value;
  return { layers, heads, values };
}

/** second − first, cell by cell; both have one shape, being arms of one pair. */
export function subtract(second: HeadMatrix, first: HeadMatrix): HeadMatrix {
  return { ...second, values: second.values.map((value, i) => value - (first.values[i] ?? Number.NaN)) };
}

function byLabel(terms: readonly DlaTerm[]): Map<string, number> {
  return new Map(terms.map((term) => [term.label, term.value]));
}

function placeOf(term: DlaTerm): Place {
  if (term.head !== undefined) return { layer: term.layer, head: term.head };
  return term.layer === undefined ? { term: term.label } : { layer: term.layer, term: term.label };
}
