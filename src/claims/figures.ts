/** Makes figures and their verdict: a number beside what it is held against. */

import type { ArmId } from '../engine/api.ts';
import type { Expected, Figure, Verdict } from './types.ts';

/** What every figure says of itself. */
export interface Named {
  arm: ArmId | null;
  what: string;
  at?: string;
  unit?: string;
  interval?: readonly [number, number];
}

/** A number that nothing is held against. */
export function plain(named: Named, value: number | string): Figure {
  return { unit: '', ...named, value, expected: null, ok: null };
}

export function equals(named: Named, value: number, published: number, tolerance: number): Figure {
  return held(named, value, { rule: 'equals', value: published, tolerance });
}

/** Texts, compared letter by letter. */
export function same(named: Named, value: string, published: string): Figure {
  return held(named, value, { rule: 'equals', value: published, tolerance: 0 });
}

export function atMost(named: Named, value: number, bound: number): Figure {
  return held(named, value, { rule: 'at most', value: bound, tolerance: 0 });
}

export function atLeast(named: Named, value: number, bound: number): Figure {
  return held(named, value, { rule: 'at least', value: bound, tolerance: 0 });
}

export function lessThan(named: Named, value: number, bound: number): Figure {
  return held(named, value, { rule: 'less than', value: bound, tolerance: 0 });
}

export function greaterThan(named: Named, value: number, bound: number): Figure {
  return held(named, value, { rule: 'greater than', value: bound, tolerance: 0 });
}

/** `equals` where a number is published for these weights, else the number alone. */
export function besides(named: Named, value: number, published: number | null, tolerance: number): Figure {
  return published === null ? plain(named, value) : equals(named, value, published, tolerance);
}

function held(named: Named, value: number | string, expected: Expected): Figure {
  return { unit: '', ...named, value, expected, ok: isAsExpected(value, expected) };
}

function isAsExpected(value: number | string, expected: Expected): boolean {
  if (typeof value === 'string' || typeof expected.value === 'string') return value === expected.value;
  switch (expected.rule) {
    case 'equals':
      return Math.abs(value - expected.value) <= expected.tolerance;
    case 'at most':
      return value <= expected.value;
    case 'at least':
      return value >= expected.value;
    case 'less than':
      return value < expected.value;
    case 'greater than':
      return value > expected.value;
  }
}

/** One figure that is not as expected is enough against a claim; one that is, with none against, speaks for it. */
export function verdictOf(figures: readonly Figure[]): Verdict {
  if (figures.some(({ ok }) => ok === false)) return 'does not hold';
  return figures.some(({ ok }) => ok === true) ? 'holds' : 'measured';
}
