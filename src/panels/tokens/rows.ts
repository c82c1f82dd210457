/** The rows under the token strip, one per arm and their difference, for what the strip is coloured by. */

import { armTitle, comparison } from '../../state/selectors.ts';
import type { WorkbenchState } from '../../state/types.ts';
import type { LabelledTensor } from '../../tensor/tensor.ts';
import { largest } from '../../ui/colour.ts';
import { number, signed } from '../../ui/format.ts';
import type { StripRow } from '../../ui/TokenStrip.tsx';

export interface Colouring {
  rows: StripRow[];
  /** What the numbers are, in a few words. */
  meaning: string;
  unit: string;
}

type Values = (number | null)[];

/** BOS, or simply the first token: it behaves oddly, so no scale counts it. */
export const ASIDE = 0;

/** Rows, meaning and unit for the state's choice; no rows for `none` or where the numbers are not there. */
export function colouring(state: WorkbenchState): Colouring {
  const stats = state.slots['token-stats'].result;
  const count = stats?.tokens.length ?? 0;
  if (!stats || state.colourBy === 'none') return { rows: [], meaning: '', unit: '' };
  const arms = state.shown.filter((arm) => arm in stats.arms);

  if (state.colourBy === 'neuron') return neuronRows(state, count);
  if (state.colourBy === 'jsd') {
    const rows = pairsOf(arms).flatMap(([a, b]) => {
      const between = stats.between?.[`${a}|${b}`];
      return between ? [{ label: `${armTitle(a)} ‖ ${armTitle(b)}`, values: pad(between.jsd, count) }] : [];
    });
    const meaning = 'how far apart two arms’ predictions after each token are (Jensen–Shannon divergence)';
    return { rows: onOneScale(rows, 'sequential', (v) => number(v, 3)), meaning, unit: 'nats' };
  }
  const field = state.colourBy === 'entropy' ? 'entropy' : 'loss';
  const perArm = arms.map((arm) => ({ arm, values: pad(stats.arms[arm]?.[field], count) }));
  if (state.colourBy === 'lossDelta') {
    const rows = pairsOf(arms).map(([a, b]) => deltaRow(a, b, perArm));
    const meaning = 'how much more the next token surprises one arm than the other';
    return { rows: onOneScale(rows, 'diverging', (v) => signed(v)), meaning, unit: 'nats' };
  }
  const meaning =
    field === 'loss'
      ? 'loss: how much the token that follows surprised each arm'
      : 'entropy: how undecided each arm is about the next token';
  const own = perArm.map(({ arm, values }) => ({ label: armTitle(arm), values }));
  return {
    rows: [...onOneScale(own, 'sequential', (v) => number(v)), ...differenceRow(state, perArm)],
    meaning,
    unit: 'nats',
  };
}

function neuronRows(state: WorkbenchState, count: number): Colouring {
  const result = state.slots['confidence-neurons'].result;
  const meaning = `activation of neuron ${state.neuron ?? '–'} of the last layer`;
  if (!result || state.neuron === null) return { rows: [], meaning, unit: '' };
  const perArm = state.shown.flatMap((arm) => {
    const own = result.arms[arm];
    const column = own?.neurons.indexOf(state.neuron ?? -1) ?? -1;
    if (!own || column < 0) return [];
    const width = own.neurons.length;
    const values: Values = Array.from(
      { length: count },
      (_, p) => own.activations.data[p * width + column] ?? null,
    );
    return [{ arm, values }];
  });
  const own = perArm.map(({ arm, values }) => ({ label: armTitle(arm), values }));
  const rows = [...onOneScale(own, 'diverging', (v) => signed(v)), ...differenceRow(state, perArm)];
  return { rows, meaning, unit: '' };
}

function differenceRow(state: WorkbenchState, perArm: { arm: string; values: Values }[]): StripRow[] {
  const compared = comparison(state);
  return compared
    ? onOneScale([{ ...deltaRow(...compared, perArm), label: 'Δ' }], 'diverging', (v) => signed(v))
    : [];
}

function deltaRow(a: string, b: string, perArm: { arm: string; values: Values }[]) {
  const of = (arm: string) => perArm.find((entry) => entry.arm === arm)?.values ?? [];
  const first = of(a);
  const values = of(b).map((value, p) => difference(first[p] ?? null, value));
  return { label: `Δ ${armTitle(b)} − ${armTitle(a)}`, values };
}

function difference(first: number | null, second: number | null): number | null {
  return first === null || second === null ? null : second - first;
}

/** The limit comes from every row but never from the position set aside. */
function onOneScale(
  rows: { label: string; values: Values }[],
  kind: StripRow['kind'],
  format: StripRow['format'],
): StripRow[] {
  const limit = largest(rows.flatMap((row) => row.values.filter((_, position) => position !== ASIDE)));
  return rows.map((row) => ({ key: row.label, ...row, kind, limit, format }));
}

/** A value per token: null where the tensor has none, as the loss at the last position. */
function pad(tensor: LabelledTensor | undefined, count: number): Values {
  return Array.from({ length: count }, (_, position) => tensor?.data[position] ?? null);
}

/** Every two of a list, in order. */
function pairsOf<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]));
}
