/** Who computes: chosen, remembered once it worked, and what is on screen follows. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { UnsupportedError } from '../base/errors.ts';
import { chooseEngine, rememberedEngine } from './engineChoice.ts';
import { type FakeNormless, fakeNormless } from './fakeNormless.suite.ts';
import { initialState } from './initial.ts';
import { freshness } from './selectors.ts';
import { type Asker, connect } from './session.ts';
import { getState, setState } from './store.ts';

const stats: Asker = () => [{ slot: 'token-stats', analysis: 'token-stats', parameters: {} }];
const predictions: Asker = () => [
  { slot: 'predictions', analysis: 'predictions', parameters: { position: -1, k: 10 } },
];

let fake: FakeNormless;
let stored: Map<string, string>;

beforeEach(async () => {
  stored = new Map();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  setState(initialState(), true);
  fake = fakeNormless();
  fake.answerAll();
  await connect(fake.normless, [stats, predictions]);
});
afterEach(() => vi.unstubAllGlobals());

test('the engine is asked, the choice remembered, and every result computed anew', async () => {
  fake.calls.length = 0;
  const chosen = chooseEngine('wgsl');
  expect(getState().engineAsked).toBe('wgsl');
  await chosen;
  expect(getState()).toMatchObject({ engineAsked: null, engine: { route: { engine: 'wgsl' } } });
  expect(rememberedEngine()).toBe('wgsl');
  await expect.poll(() => fake.calls.map(({ id }) => id)).toEqual(['token-stats', 'predictions']);
  await expect.poll(() => freshness(getState(), 'predictions')).toBe('live');
});

test('a choice that names who answers already asks for nothing', async () => {
  await chooseEngine('wgsl');
  await expect.poll(() => freshness(getState(), 'predictions')).toBe('live');
  fake.calls.length = 0;
  await chooseEngine('wgsl');
  expect(fake.calls).toEqual([]);
});

test('one that cannot run is a notice; nothing changes and nothing is remembered', async () => {
  await chooseEngine('ort');
  const { route } = getState().engine;
  fake.refuse = new UnsupportedError('This browser has no WebGPU.');
  await chooseEngine('wgsl');
  expect(getState().notices).toMatchObject([
    { tone: 'error', title: 'The engine could not be changed', message: 'This browser has no WebGPU.' },
  ]);
  expect(getState()).toMatchObject({ engineAsked: null, engine: { route } });
  expect(rememberedEngine()).toBe('ort');
});

test('blocked storage and words it does not know mean automatic', async () => {
  stored.set('normless.engine', 'abacus');
  expect(rememberedEngine()).toBe('auto');
  vi.stubGlobal('localStorage', undefined);
  expect(rememberedEngine()).toBe('auto');
  await chooseEngine('ort');
  expect(getState().engine.route?.engine).toBe('ort');
});

test('chosen to and fro, it is asked for until the last choice is answered', async () => {
  const answers: (() => void)[] = [];
  const { setEngine } = fake.normless;
  fake.normless.setEngine = async (request) => {
    await new Promise<void>((resolve) => answers.push(resolve));
    return setEngine(request);
  };
  const chosen = (['wgsl', 'ort', 'wgsl'] as const).map(chooseEngine);
  answers[0]?.();
  await chosen[0];
  expect(getState().engineAsked).toBe('wgsl');
  for (const answer of answers) answer();
  await Promise.all(chosen);
  expect(getState()).toMatchObject({ engineAsked: null, engine: { route: { engine: 'wgsl' } } });
});
