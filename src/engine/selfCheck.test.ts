import { expect, test } from 'vitest';
import { type CommittedAnalysis, compareResults, selfCheck } from './selfCheck.ts';

test('the largest difference is relative to max(1, |committed|), and says where it sits', () => {
  const committed = { terms: [{ value: 0.5 }, { value: 200 }], label: 'L0H1' };
  const live = { terms: [{ value: 0.5 + 1e-4 }, { value: 200.002 }], label: 'L0H1' };
  const { maxAbs, where } = compareResults(committed, live, 'dla');
  expect(maxAbs).toBeCloseTo(1e-4, 8);
  expect(where).toBe('dla.terms.0.value');
});

test.each([
  ['another text', { a: 'x' }, { a: 'y' }],
  ['a missing key', { a: 1, b: 2 }, { a: 1 }],
  ['an extra key', { a: 1 }, { a: 1, b: 2 }],
  ['a shorter list', [1, 2], [1]],
  ['a number that became NaN', { a: 1 }, { a: Number.NaN }],
  ['null in place of an object', { a: { b: 1 } }, { a: null }],
  ['a text in place of a number', { a: 1 }, { a: '1' }],
])('%s is an infinite difference', (_, committed, live) => {
  expect(compareResults(committed, live).maxAbs).toBe(Infinity);
});

test('a machine that computes wrongly fails the check', async () => {
  const committed = {
    stats: { id: 'token-stats', request: {}, result: { loss: [1, 2] } as never },
  } satisfies Record<string, CommittedAnalysis>;
  expect(
    await selfCheck('ort', committed, async () => ({ engine: 'ort', loss: [1, 2.00001] })),
  ).toMatchObject({ ok: true });
  expect(await selfCheck('wgsl', committed, async () => ({ engine: 'wgsl', loss: [1, 2.1] }))).toMatchObject({
    ok: false,
    where: 'stats.loss.1',
  });
});
