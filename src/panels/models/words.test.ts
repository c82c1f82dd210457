/** The dialog's words: what downloads, what is kept already, how far a load is. */

import { expect, test } from 'vitest';
import { demoArm, fakeBudget, fakePairs, hubArm } from '../../state/fakeModels.suite.ts';
import {
  amount,
  downloadInWords,
  memoryOf,
  paceInWords,
  shareOf,
  standing,
  thatFit,
  toDownload,
} from './words.ts';

const [demo, small, xl] = fakePairs();
if (!demo || !small || !xl) throw new Error('three pairs');

test('a download is told apart from what is here already', () => {
  const hub = hubArm('original', 'a/b');
  const budget = { ...fakeBudget(small, ['original']).arms[0], files: 500e6, stored: 0, download: 500e6 };
  const told = (change: Partial<typeof budget>, arm = hub) =>
    downloadInWords(arm, { ...budget, ...change } as never).join(', ');
  expect(told({})).toBe('500.0 MB, ');
  expect(told({ stored: 120e6, download: 380e6 })).toBe('500.0 MB, 120.0 MB kept here');
  expect(told({ stored: 500e6, download: 0 })).toBe('500.0 MB, kept here already');
  expect(told({}, { ...hub, origin: 'files' })).toBe('500.0 MB, from this device');
  expect(told({}, demoArm('original'))).toBe('500.0 MB, comes with the page');
  expect(downloadInWords(hub, undefined)).toEqual(['…', '']);
});

test('what fits and what it takes follow the residency', () => {
  const budget = fakeBudget(xl, ['original', 'lnfree']);
  expect(thatFit(budget)).toEqual(['f16', 'q8']);
  expect(memoryOf(budget.plans.f16)).toBe(budget.plans.f16.one);
  expect(memoryOf(budget.plans.q8)).toBe(budget.plans.q8.all);
  expect(toDownload(budget)).toBeCloseTo(2 * 4 * 1.558e9, 0);
});

test('a pair’s standing is how it is loaded', () => {
  expect(standing(small)).toBe('');
  expect(standing(demo)).toBe('loaded · f32');
  const arms = demo.arms.map((arm) => ({ ...arm, dtype: 'q8' as const }));
  expect(standing({ ...demo, arms, residency: 'one-at-a-time' })).toBe('loaded · 8-bit · one at a time');
});

test('a pace says only what is known', () => {
  expect(paceInWords({ pace: { rate: null, left: null } })).toBe('');
  expect(paceInWords({ pace: { rate: 2e6, left: null } })).toBe('2.0 MB/s');
  expect(paceInWords({ pace: { rate: 2e6, left: 100 } })).toBe('2.0 MB/s · 2 min left');
});

test('a share needs a total', () => {
  expect(shareOf(null)).toBeNull();
  expect(shareOf({ done: 1, total: 0 })).toBeNull();
  expect(shareOf({ done: 3, total: 2 })).toBe(1);
  expect(amount({ done: 3, total: 14, unit: 'pipelines' })).toBe('3 of 14 kernels');
});
