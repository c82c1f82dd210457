/** What a row file gives the page: cases, each with two sides to time or a figure to count. */

import type { CaseInfo, Count, Suite } from '../contract.ts';
import type { Machine } from './machine.ts';

interface Announced extends CaseInfo {
  readonly suites: readonly Suite[];
}

export interface TimedCase extends Announced {
  readonly kind: 'timed';
  prepare(machine: Machine): Promise<Trial>;
}

export interface CountedCase extends Announced {
  readonly kind: 'counted';
  count(machine: Machine): Promise<Count>;
}

export type Case = TimedCase | CountedCase;

/** Two ways to the same numbers, ready to run. */
export interface Trial {
  /** Computes both once: the largest difference. */
  difference(): Promise<number>;
  /** Each resolves when the device is done; the result stays on it. */
  ours(): Promise<void>;
  peer(): Promise<void>;
  dispose(): Promise<void>;
}

/** max |a − b|. Infinite where the lengths differ, where a value is NaN, and where b is all zeros: that would prove nothing. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let [largest, size] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
    largest = Math.max(largest, difference);
    size = Math.max(size, Math.abs(b[i] as number));
  }
  return size > 0 ? largest : Number.POSITIVE_INFINITY;
}
