/** `logit-lens` and `attention` asked as a script asks: named tokens, progress, an abort, and questions that make no sense. */

import { beforeAll, expect, test } from 'vitest';
import { createCpuService } from '../../../tools/cpuService.ts';
import { DEMO, LAST } from '../../../tools/demo.ts';
import type { AnalysisRequest, Progress } from '../api.ts';

const TEXT = 'Once upon a time there was a girl. Once upon';

const service = createCpuService();
beforeAll(() => service.start(), 60_000);

const lens = (change: Partial<AnalysisRequest<'logit-lens'>> = {}) =>
  service.analyze('logit-lens', { text: TEXT, arms: ['original', 'lnfree'], positions: [-1], ...change });
const attention = (change: Partial<AnalysisRequest<'attention'>> = {}) =>
  service.analyze('attention', { text: TEXT, arms: ['original', 'lnfree'], ...change });

test('the lens takes tokens as texts, tells every layer it comes to, and can be aborted there', async () => {
  const told: Progress[] = [];
  const result = await lens({
    target: ' time',
    track: [' girl', 257],
    onProgress: (p) => told.push({ ...p }),
  });
  expect(result.arms.original?.target).toEqual([640]);
  expect(result.arms.original?.tracked.map(({ piece }) => piece)).toEqual([' girl', ' a']);
  expect(result.arms.lnfree?.convention.finalScale).toBe('none');
  expect(result.between?.['original|lnfree']?.entropy.shape).toEqual([DEMO.nLayers, 1]);
  expect(result.between?.['original|lnfree']?.jsd?.data[LAST]).toBeGreaterThan(0);
  const steps = told.filter(({ unit }) => unit === 'steps');
  expect(steps).toHaveLength(DEMO.nLayers);
  expect(steps[1]).toMatchObject({ done: 1, total: DEMO.nLayers, phase: 'reading the layers' });

  const stop = new AbortController();
  const aborted = lens({
    signal: stop.signal,
    onProgress: ({ unit, done }) => unit === 'steps' && done === 2 && stop.abort(new Error('enough')),
  });
  await expect(aborted).rejects.toThrow('enough');
});

test('arms that take turns on the device say the same, without their divergence', async () => {
  const together = await lens();
  const turns = createCpuService();
  await turns.start();
  await turns.unload({ pair: 'demo' });
  await turns.load({ pair: 'demo', dtype: 'f32', residency: 'one-at-a-time' });
  const result = await turns.analyze('logit-lens', {
    text: TEXT,
    arms: ['original', 'lnfree'],
    positions: [-1],
  });
  expect(result.arms).toEqual(together.arms);
  const key = 'original|lnfree';
  expect(result.between?.[key]).toEqual({ ...together.between?.[key], kl: null, klReverse: null, jsd: null });
});

test('attention gives the overview, one head, or both; induction where a phrase comes again', async () => {
  const both = await attention({ layer: 1, head: 2, target: ' a' });
  const { overview, head } = both.arms.original ?? {};
  expect(overview?.queries.induction).toBeGreaterThan(0);
  expect(overview?.scores.induction?.shape).toEqual([DEMO.nLayers, DEMO.nHeads]);
  expect(head?.dlaWeighted?.shape).toEqual([both.tokens.length, both.tokens.length]);
  expect(both.between?.['original|lnfree']?.scores?.first?.shape).toEqual([DEMO.nLayers, DEMO.nHeads]);
  const one = await attention({ layer: 1, head: 2, overview: false });
  expect(one.arms.original?.overview).toBeNull();
  expect([...(one.arms.original?.head?.pattern.data ?? [])]).toEqual([...(head?.pattern.data ?? [])]);
});

test.each([
  ['a scale there is not', () => lens({ scale: 'median' as never }), 'one of: recomputed, frozen'],
  [
    'a hook there is not',
    () => lens({ hooks: ['mlp_out' as never] }),
    'one of: resid_pre, resid_mid, resid_post',
  ],
  ['no hook', () => lens({ hooks: [] }), 'at least one of'],
  ['a position by itself', () => lens({ positions: 3 as never }), 'must be a list of positions'],
  ['several targets', () => lens({ target: [1, 2] as never }), 'must be one token'],
  ['a token that is two', () => lens({ track: [' elephantine'] }), 'token'],
  [
    'half a head',
    () => attention({ layer: 1 }),
    `Name a layer from 0 to ${LAST} and a head from 0 to ${DEMO.nHeads - 1}`,
  ],
  ['a target without a head', () => attention({ target: ' a' }), 'name its layer and head'],
  [
    'a contrast without a target',
    () => attention({ layer: 0, head: 0, contrast: ' a' }),
    'Name a target too',
  ],
  ['nothing', () => attention({ overview: false }), 'name a layer and a head'],
  ['a share above one', () => attention({ epsilon: 30 }), 'from 0 to 1'],
])('%s is an InputError that says what to do', async (_, ask, message) => {
  await expect(ask()).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringContaining(message),
  });
});
