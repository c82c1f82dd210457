/** Statistics of measurements, against values worked out by hand. */

import { expect, test } from 'vitest';
import { mulberry32 } from '../../src/base/random.ts';
import { mad, median, medianInterval, spread, summarize } from './stats.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
  expect(median([])).toBeNaN();
});

test('one outlier moves neither the median nor the deviation from it much', () => {
  expect(mad([1, 2, 3, 4, 1000])).toBe(1);
  expect(spread([9, 10, 11])).toBeCloseTo(0.1);
  expect(summarize([5, 1, 9])).toEqual({ median: 5, min: 1, mad: 4, n: 3 });
});

test('equal values leave no doubt', () => {
  expect(medianInterval([2, 2, 2, 2])).toEqual([2, 2]);
});

test('the interval lies within the values, around the median, and is the same every time', () => {
  const values = [0.9, 1, 1.1, 1.2, 1.3];
  const [low, high] = medianInterval(values);
  expect(low).toBeGreaterThanOrEqual(0.9);
  expect(low).toBeLessThan(1.1);
  expect(high).toBeGreaterThan(1.1);
  expect(high).toBeLessThanOrEqual(1.3);
  expect(medianInterval(values)).toEqual([low, high]);
});

test('about nine in ten intervals hold the true median', () => {
  const random = mulberry32(7);
  const trials = 100;
  let held = 0;
  for (let trial = 0; trial < trials; trial++) {
    const values = Array.from({ length: 25 }, random); // uniform: the true median is 0.5
    const [low, high] = medianInterval(values, trial);
    if (low <= 0.5 && 0.5 <= high) held++;
  }
  expect(held).toBeGreaterThanOrEqual(80);
  expect(held).toBeLessThanOrEqual(98);
});
