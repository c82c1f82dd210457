/** The rows under the token strip, one per arm and their difference, for what the strip is coloured by. */

import type { EditView } from '../../state/edits/types.ts';
import { viewed } from '../../state/edits/viewed.ts';
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
  /** Of the models as they are, the edited ones, or what the edits changed. */
  view: EditView;
}

type Values = (number | null)[];

/** BOS, or simply the first token: it behaves oddly, so no scale counts it. */
export const ASIDE = 0;

/** Rows, meaning and unit for the state's choice; no rows for `none` or where the numbers are not there. */
export function colouring(state: WorkbenchState): Colouring {
  const { result: stats, view } = viewed(state, 'token-stats');
  const count = stats?.tokens.length ?? 0;
  if (!stats || state.colourBy === 'none') return { rows: [], meaning: '', unit: '', view };
  const arms = state.shown.filter((arm) => arm in stats.arms);

  if (state.colourBy === 'neuron') return neuronRows(state, count);
  if (state.colourBy === 'jsd') {
    const rows = pairsOf(arms).flatMap(([a, b]) => {
      const between = stats.between?.[`${a}|${b}`];
      return between ? [{ label: `${armTitle(a)} ‖ ${armTitle(b)}`, values: pad(between.jsd, count) }] : [];
    });
    const meaning = 'how far apart two arms’ predictions after each token are (Jensen–Shannon divergence)';
    return {
      rows: onOneScale(rows, ...scaleOf(view, 3)),
      meaning: changed(meaning, view),
      unit: 'nats',
      view,
    };
  }
  const field = state.colourBy === 'entropy' ? 'entropy' : 'loss';
  const perArm = arms.map((arm) => ({ arm, values: pad(stats.arms[arm]?.[field], count) }));
  if (state.colourBy === 'lossDelta') {
    const rows = pairsOf(arms).map(([a, b]) => deltaRow(a, b, perArm));
    const meaning = 'how much more the next token surprises one arm than the other';
    return { rows: onOneScale(rows, ...DIFFERENCE), meaning: changed(meaning, view), unit: 'nats', view };
  }
  const meaning =
    field === 'loss'
      ? 'loss: how much the token that follows surprised each arm'
      : 'entropy: how undecided each arm is about the next token';
  const own = perArm.map(({ arm, values }) => ({ label: armTitle(arm), values }));
  return {
    rows: [...onOneScale(own, ...scaleOf(view)), ...differenceRow(state, perArm)],
    meaning: changed(meaning, view),
    unit: 'nats',
    view,
  };
}

const DIFFERENCE = ['diverging', (value: number) => signed(value)] as const;

/** What is never below 0 has a scale from 0, unless it is a difference. */
function scaleOf(view: EditView, digits = 2): readonly [StripRow['kind'], StripRow['format']] {
  return view === 'difference'
    ? ['diverging', (value) => signed(value, digits)]
    : ['sequential', (value) => number(value, digits)];
}

function changed(meaning: string, view: EditView): string {
  return view === 'difference' ? `what the edits changed in ${meaning}` : meaning;
}

function neuronRows(state: WorkbenchState, count: number): Colouring {
  const { result, view } = viewed(state, 'confidence-neurons');
  const meaning = changed(`activation of neuron ${state.neuron ?? '–'} of the last layer`, view);
  if (!result || state.neuron === null) return { rows: [], meaning, unit: '', view };
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
  const rows = [...onOneScale(own, ...DIFFERENCE), ...differenceRow(state, perArm)];
  return { rows, meaning, unit: '', view };
}

function differenceRow(state: WorkbenchState, perArm: { arm: string; values: Values }[]): StripRow[] {
  const compared = comparison(state);
  return compared ? onOneScale([{ ...deltaRow(...compared, perArm), label: 'Δ' }], ...DIFFERENCE) : [];
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
