/** What the lesson on patching reads of its panel: maps as shares of the difference, where the answer arrives, estimate beside measurement. */

import type { PatchSite } from '../analysis/types/index.ts';
import { estimateOf } from '../state/closer/patchingEstimate.ts';
import { sweepOf } from '../state/closer/patchingRuns.ts';
import type { WorkbenchState } from '../state/types.ts';
import { number } from '../ui/format.ts';
import { largestBy, WITH } from './read.ts';

export const share = (value: number) => `${number(100 * value, 0)} %`;

/** An entry of a map of two axes: layer and position, or layer and head. */
interface Entry {
  layer: number;
  second: number;
  value: number;
}

function entriesOf(map: {
  values: { shape: readonly number[]; data: Float32Array };
  layers: number[];
}): Entry[] {
  const columns = map.values.shape[1] ?? 1;
  return [...map.values.data].map((value, i) => ({
    layer: map.layers[Math.floor(i / columns)] ?? Number.NaN,
    second: i % columns,
    value,
  }));
}

/** The finished map of the model with LayerNorm as shares of the difference, if it is of this site. */
function measured(state: WorkbenchState, isSite: (site: PatchSite) => boolean): Entry[] | null {
  const { site } = state.closer.patching;
  const kept = sweepOf(state);
  const arm = kept?.whole ? kept.result.arms[WITH] : undefined;
  if (!arm || !isSite(site)) return null;
  const toShare = arm.dividedBy / (arm.cleanMetric - arm.corruptedMetric);
  return entriesOf(arm).map((entry) => ({ ...entry, value: entry.value * toShare }));
}

export const isStream = (site: PatchSite) => site.startsWith('resid_');
export const stream = (state: WorkbenchState) =>
  state.closer.patching.granularity === 'position' ? measured(state, isStream) : null;
export const heads = (state: WorkbenchState) =>
  state.closer.patching.granularity === 'head' ? measured(state, (site) => site === 'z') : null;

/** The first layer that has the answer at the last position. */
export function arrival(state: WorkbenchState): Entry | null {
  const entries = stream(state);
  const last = Math.max(...(entries ?? []).map(({ second }) => second));
  return entries?.find(({ second, value }) => second === last && value >= 0.5) ?? null;
}

export const bestHead = (state: WorkbenchState) => largestBy(heads(state) ?? [], ({ value }) => value);

export function isChosen(
  { closer }: WorkbenchState,
  entry: Entry | null,
  axis: 'position' | 'head',
): boolean {
  const { cell } = closer.patching;
  return entry !== null && cell?.layer === entry.layer && cell[axis] === entry.second;
}

/** Estimate and measurement of an arm as shares, entry by entry, where they are of this kind of site. */
export function estimated(state: WorkbenchState, arm: string, isSite: (site: PatchSite) => boolean) {
  const kept = estimateOf(state);
  const own = kept?.whole ? kept.result.arms[arm] : undefined;
  if (!own?.agreement || !own.measured || !isSite(state.closer.patching.site)) return null;
  const toShare = kept?.normalise ? 1 : 1 / (own.cleanMetric - own.corruptedMetric);
  const truths = entriesOf({ values: own.measured, layers: own.layers });
  const pairs = entriesOf(own).map((guess, i) => ({
    ...guess,
    value: guess.value * toShare,
    truth: (truths[i]?.value ?? Number.NaN) * toShare,
  }));
  return { agreement: own.agreement, layers: own.layers, pairs };
}
