/** What is kept of the windows that were read: plain data that can be written, merged and summed up in any order. */

import { assert } from '../../base/assert.ts';
import type { Window } from './windows.ts';

/** Equal bins of the likeliest token's probability. */
export const CALIBRATION_BINS = 10;

/** One arm on one window. Lists go by scored position: the first is `Window.from`. */
export interface ArmWindow {
  /** Infinite where the loss is not finite. */
  readonly losses: Float32Array;
  /** All scored positions whose numbers are not averaged, counted from `Window.from`. */
  readonly outliers: readonly { at: number; logit: number }[];
  /** Σ entropy of all others. */
  readonly entropy: number;
  /** Of all others, by bin. */
  readonly calibration: {
    readonly count: readonly number[];
    readonly confidence: readonly number[];
    readonly correct: readonly number[];
  };
  /** Null where nobody asked for activation means. */
  readonly sums: ActivationSums | null;
  /** By head, layer by layer, at the last scored position; null where that is an outlier or nobody asked. */
  readonly effects: HeadEffects | null;
  /** Null where no neurons are ablated. */
  readonly ablation: AblationChanges | null;
  /** Null where nobody asked for attribution. */
  readonly attribution: AttributionSums | null;
}

/** Scored positions that are outliers of none of these arms, counted from `Window.from`. */
export function countedIn(...arms: readonly Pick<ArmWindow, 'losses' | 'outliers'>[]): number[] {
  const aside = new Set(arms.flatMap(({ outliers }) => outliers.map(({ at }) => at)));
  return [...(arms[0]?.losses.keys() ?? [])].filter((at) => !aside.has(at));
}

/** After − before at every scored position but outliers and position 0; total with the norm recomputed, direct with σ frozen. */
export interface AblationChanges {
  readonly entropyTotal: Float32Array;
  readonly entropyDirect: Float32Array;
  readonly lossTotal: Float32Array;
  readonly lossDirect: Float32Array;
}

/** Over scored positions but outliers, by term as `attributionTerms` lists them. */
export interface AttributionSums {
  readonly positions: number;
  /** Σ share and Σ |share|. */
  readonly sums: readonly number[];
  readonly sizes: readonly number[];
  /** Σ of the model's own values. */
  readonly actual: number;
  /** The largest |sum of terms − actual|; 0 of no position. */
  readonly error: number;
  /** Positions where that is beyond its tolerance. */
  readonly unclosed: number;
}

/** Of every head, layer by layer. */
export interface HeadEffects {
  /** Measured direct effect − attribution. */
  readonly difference: readonly number[];
  readonly directEffect: readonly number[];
}

/** Over scored positions but position 0. */
export interface ActivationSums {
  readonly positions: number;
  readonly neurons: ArrayLike<number>;
  /** In the order of the forward pass; empty without LayerNorm. */
  readonly scales: ArrayLike<number>;
}

/** Two arms on one window, over the positions that are outliers of neither. */
export interface BetweenWindow {
  /** Σ JSD. */
  readonly jsd: number;
  /** The largest, by falling JSD. */
  readonly top: readonly { at: number; jsd: number }[];
}

/** All that is kept of one window. Arms that take turns come in records of their own. */
export interface WindowRecord extends Window {
  readonly arms: Readonly<Record<string, ArmWindow>>;
  /** Keyed 'first|second'. */
  readonly between: Readonly<Record<string, BetweenWindow>>;
}

/** Windows read so far, by index, and what is too large to be kept by window. */
export interface Shard {
  readonly windows: Map<number, WindowRecord>;
  readonly sums: Record<string, ActivationSums>;
}

export const emptyShard = (): Shard => ({ windows: new Map(), sums: {} });

/** Takes a record in; what is there of its window already stays, so that taking it twice is taking it once. */
export function addRecord(shard: Shard, record: WindowRecord): void {
  const known = shard.windows.get(record.index);
  assert(
    !known || sameWindow(known, record),
    `window ${record.index} is of another text, or was cut otherwise`,
  );
  const arms: Record<string, ArmWindow> = { ...known?.arms };
  for (const [id, arm] of Object.entries(record.arms)) {
    if (id in arms) continue;
    if (arm.sums) shard.sums[id] = addSums(shard.sums[id], arm.sums);
    arms[id] = { ...arm, sums: null };
  }
  shard.windows.set(record.index, { ...record, arms, between: { ...record.between, ...known?.between } });
}

/** One shard of two that have read different windows (or the same windows by different arms). */
export function mergeShards(a: Shard, b: Shard): Shard {
  const merged: Shard = { windows: new Map(), sums: {} };
  for (const { windows } of [a, b]) {
    for (const record of windows.values()) {
      const twice = Object.keys(record.arms).filter((id) => merged.windows.get(record.index)?.arms[id]);
      assert(twice.length === 0, `window ${record.index} was read twice by ${twice.join()}`);
      addRecord(merged, record);
    }
  }
  for (const id of new Set([...Object.keys(a.sums), ...Object.keys(b.sums)])) {
    const [first, second] = [a.sums[id], b.sums[id]];
    merged.sums[id] = first && second ? addSums(first, second) : ((first ?? second) as ActivationSums);
  }
  return merged;
}

/** Sums in f64. */
function addSums(a: ActivationSums | undefined, b: ActivationSums): ActivationSums {
  if (!a)
    return {
      positions: b.positions,
      neurons: Float64Array.from(b.neurons),
      scales: Float64Array.from(b.scales),
    };
  const add = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Float64Array.from(x, (value, i) => value + (y[i] as number));
  return {
    positions: a.positions + b.positions,
    neurons: add(a.neurons, b.neurons),
    scales: add(a.scales, b.scales),
  };
}

function sameWindow(a: Window, b: Window): boolean {
  return a.start === b.start && a.from === b.from && a.tokens.join() === b.tokens.join();
}
