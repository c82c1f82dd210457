import { expect, test } from 'vitest';
import { compareHook, VERIFY_TOLERANCE } from './compareHooks.ts';

const compare = (first: number[], second: number[]) =>
  compareHook('logits', Float32Array.from(first), Float32Array.from(second));

test('by hand: [3, −4] against [3, −4.5]', () => {
  const { rms, ...result } = compare([3, -4], [3, -4.5]);
  expect(rms).toBeCloseTo(Math.sqrt(12.5), 12);
  expect(result).toEqual({
    hook: 'logits',
    count: 2,
    maxAbs: 0.5,
    meanAbs: 0.25,
    relative: 0.5 / (Math.sqrt(12.5) + 4),
    nonFinite: 0,
    ok: false,
  });
});

test('the tolerance is a border: at it is ok, beyond is not', () => {
  // All ones: rms 1, so relative is half the difference.
  const apart = (difference: number) => compare([1, 1, 1, 1], [1, 1, 1 + difference, 1]).ok;
  expect(apart(1.9 * VERIFY_TOLERANCE)).toBe(true);
  expect(apart(2.1 * VERIFY_TOLERANCE)).toBe(false);
});

test('masked scores agree and do not count as not finite', () => {
  expect(compare([1, -Infinity], [1, -Infinity])).toMatchObject({
    maxAbs: 0,
    rms: 1,
    nonFinite: 0,
    ok: true,
  });
});

test.each([
  ['a mask on one side', [1, -Infinity], [1, 2]],
  ['opposite infinities', [1, Infinity], [1, -Infinity]],
  ['a NaN on the first', [1, Number.NaN], [1, 2]],
  ['a NaN on the second', [1, 2], [1, Number.NaN]],
  ['other lengths', [1, 2], [1]],
])('%s is an infinite difference', (_, first, second) => {
  expect(compare(first, second)).toMatchObject({
    maxAbs: Infinity,
    meanAbs: Infinity,
    relative: Infinity,
    ok: false,
  });
});

test('NaN and +Infinity on both sides agree, and are counted', () => {
  expect(compare([Number.NaN, Infinity, 1], [Number.NaN, Infinity, 1])).toMatchObject({
    maxAbs: 0,
    nonFinite: 2,
    ok: true,
  });
});

test('any difference from nothing but zeros is beyond tolerance', () => {
  expect(compare([0, 0], [0, 1e-12]).ok).toBe(false);
});
