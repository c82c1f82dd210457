/** What a learner sees on the page of the model with LayerNorm, and points at: by its size, whatever the weights. */

import { togglePin } from '../state/actions.ts';
import type { PatchCell } from '../state/closer/patching.ts';
import { sweepOf } from '../state/closer/patchingRuns.ts';
import { ablate } from '../state/edits/actions.ts';
import { getState } from '../state/store.ts';

export interface Seen {
  label: string;
  layer?: number;
  head?: number;
}

/** What a person sees of the model with LayerNorm, the largest first. */
function largestFirst<T>(items: readonly T[] | undefined, size: (item: T) => number): T[] {
  const sorted = [...(items ?? [])].sort((a, b) => size(b) - size(a));
  if (sorted.length < 2) throw new Error('the page shows nothing to choose from');
  return sorted;
}

export function pin({ label, layer, head }: Seen | undefined = { label: 'nothing' }) {
  return togglePin({
    ...(layer !== undefined && { layer }),
    ...(head === undefined ? { term: label } : { head }),
  });
}

/** The bars: what speaks most for the answer first. */
export const bars = () =>
  largestFirst(getState().slots['dla:component'].result?.arms.original?.terms, ({ value }) => value);

/** The map of heads, the strongest colour first. */
export const heads = () =>
  largestFirst(
    getState().slots['dla:head'].result?.arms.original?.terms.filter(({ head }) => head !== undefined),
    ({ value }) => Math.abs(value),
  );

/** The map of the panel “How exact?”, the strongest colour first. */
export const effects = () =>
  largestFirst(
    getState().slots['direct-effect'].result?.arms.original?.terms.filter(({ head }) => head !== undefined),
    ({ difference }) => Math.abs(difference),
  );

/** The heads by what they pay to position 0, the most first. */
export function sinks(): Seen[] {
  const score = getState().slots.attention.result?.arms.original?.overview?.scores.first;
  const columns = score?.shape[1] ?? 1;
  const all = [...(score?.data ?? [])].map((value, i) => ({
    value,
    ...{ label: '', layer: Math.floor(i / columns), head: i % columns },
  }));
  return largestFirst(all, ({ value }) => value);
}

/** The tokens of the framed row, “× logit share”, by what the strongest head brings from them, the most first. */
export function brought(): number[] {
  const row = getState().slots['attention:head'].result?.arms.original?.head?.dlaWeighted;
  const keys = row?.shape[1] ?? 0;
  const shares = [...(row?.data.slice(-keys) ?? [])].map((share, key) => ({ share, key }));
  return largestFirst(shares, ({ share }) => Math.abs(share)).map(({ key }) => key);
}

const last = () => (getState().slots['token-stats'].result?.tokens.length ?? 0) - 1;

/** Forbids the strongest head to look at this token from the position that is asked. */
export function cut(key: number | undefined) {
  const [{ layer, head } = {}] = heads();
  return ablate({ layer: layer ?? -1, head: head ?? -1, query: last(), key: key ?? -1 }, 'zero');
}

/** The ranking of “How sure”, from its first. */
export function neuron(rank: number): { layer: number; neuron: number } {
  const own = getState().slots['confidence-neurons'].result?.arms.original;
  if (!own) throw new Error('there is no ranking of neurons');
  return { layer: own.layer, neuron: own.neurons[rank] ?? -1 };
}

/** The cells of the original's map with what they bring back, row by row. */
function cells(): { value: number; cell: PatchCell }[] {
  const { granularity } = getState().closer.patching;
  const { values } = sweepOf(getState())?.result.arms.original ?? {};
  const columns = values?.shape[1] ?? 1;
  return [...(values?.data ?? [])].map((value, i) => {
    const second = i % columns;
    const axis = granularity === 'head' ? { head: second } : { position: second };
    return { value, cell: { layer: Math.floor(i / columns), ...axis } as PatchCell };
  });
}

/** The cell that brings back most, or so many after it. */
export const best = (rank = 0) => largestFirst(cells(), ({ value }) => value)[rank]?.cell as PatchCell;

/** The first cell from above that brings back half or more at the last position. */
export function arrival(): PatchCell {
  const end = Math.max(...cells().map(({ cell }) => cell.position ?? -1));
  const column = cells().filter(({ cell }) => cell.position === end);
  return column[column.findIndex(({ value }) => value >= 0.5)]?.cell as PatchCell;
}
