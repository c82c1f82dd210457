/** What edits changed: one result less another of the same question, in the same form. */

import type { DlaArm, DlaTerm } from '../../analysis/types/index.ts';
import type { LabelledTensor } from '../../tensor/tensor.ts';
import type { ResultOf } from '../types.ts';

/** The results that can be taken from each other as they stand. */
export type Subtractable = ResultOf<'token-stats' | 'confidence-neurons' | 'dla:head'>;

const known = new WeakMap<object, { base: object; difference: object }>();

/** edited − base, worked out once for every two results. Numbers that only the weights decide stay as they are. */
export function differenceOf<R extends Subtractable>(edited: R, base: R): R {
  const before = known.get(edited);
  if (before?.base === base) return before.difference as R;
  const pair = { edited, base } as { edited: Subtractable; base: Subtractable };
  const difference =
    isDla(pair.edited) && isDla(pair.base) ? dlaOf(pair.edited, pair.base) : tensorsOf(edited, base);
  known.set(edited, { base, difference: difference as R });
  return difference as R;
}

function isDla(result: Subtractable): result is Dla {
  return result.analysis === 'dla';
}

/** Tensors of one shape are subtracted wherever they stand. */
function tensorsOf(edited: unknown, base: unknown): unknown {
  if (isTensor(edited) && isTensor(base) && edited.shape.join() === base.shape.join())
    return { ...edited, data: edited.data.map((value, i) => value - (base.data[i] as number)) };
  if (Array.isArray(edited) || typeof edited !== 'object' || edited === null) return edited;
  const of = base as Record<string, unknown> | undefined;
  return Object.fromEntries(Object.entries(edited).map(([key, value]) => [key, tensorsOf(value, of?.[key])]));
}

function isTensor(value: unknown): value is LabelledTensor {
  return typeof value === 'object' && value !== null && 'data' in value && 'shape' in value;
}

type Dla = ResultOf<'dla:head'>;

function dlaOf(edited: Dla, base: Dla): Dla {
  const arms = Object.entries(edited.arms).map(([arm, own]) => {
    const before = base.arms[arm];
    return [arm, before ? armOf(own, before) : own];
  });
  return { ...edited, arms: Object.fromEntries(arms) };
}

/** Term by term; one that only one of the two has counts 0 in the other. Its tolerance is both together. */
function armOf(edited: DlaArm, base: DlaArm): DlaArm {
  const before = new Map(base.terms.map((term) => [term.label, term]));
  const labels = new Set(edited.terms.map(({ label }) => label));
  const gone = base.terms.filter(({ label }) => !labels.has(label));
  const less = (term: DlaTerm): DlaTerm => ({
    ...term,
    value: term.value - (before.get(term.label)?.value ?? 0),
  });
  const sum = edited.sum - base.sum;
  const actual = edited.actual - base.actual;
  return {
    ...edited,
    terms: [...edited.terms.map(less), ...gone.map((term) => ({ ...term, value: -term.value }))],
    sum,
    actual,
    error: Math.abs(sum - actual),
    tolerance: edited.tolerance + base.tolerance,
  };
}
