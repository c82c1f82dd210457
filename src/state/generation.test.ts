/** Generating from the page: tokens come in, a stop keeps them, a new prompt ends it, and a token can be explained. */

import { beforeEach, expect, test, vi } from 'vitest';
import type { GeneratedToken, GenerateResult } from '../engine/api.ts';
import { type FakeNormless, fakeNormless, type GenerateCall } from './fakeNormless.suite.ts';
import {
  explainToken,
  leaderOf,
  setGeneration,
  startGeneration,
  stopGeneration,
  takeAsPrompt,
  textOf,
} from './generation.ts';
import { initialState } from './initial.ts';
import { connect } from './session.ts';
import { getState, setState } from './store.ts';

let fake: FakeNormless;

const token = (id: number, piece: string, best = id): GeneratedToken => ({
  id,
  piece,
  logprob: -1,
  rank: 0,
  entropy: 1,
  best: { id: best, piece: best === id ? piece : ' she', logprob: -0.5 },
});
const SHE = token(673, ' she');
const SAW = token(2497, ' saw', 673);
const textOfArm = (arm: string) =>
  getState()
    .generated?.arms[arm]?.tokens.map(({ piece }) => piece)
    .join('');
const newest = () => fake.generations.at(-1) as GenerateCall;
const say = (arm: string, index: number, what: GeneratedToken) =>
  newest().request.onToken?.({ arm, index, token: what });

const finished = (tokens: GeneratedToken[]): GenerateResult => {
  const arm = { tokens, text: '', stop: 'max-tokens' as const, readBy: {} };
  return {
    pair: 'demo',
    engine: 'wgsl',
    method: 'kv-cache',
    mode: 'free',
    leader: null,
    sampling: { temperature: 1, topK: null, topP: 1, seed: 0 },
    tokens: [1],
    pieces: ['a'],
    arms: { original: arm, lnfree: arm },
  };
};

beforeEach(async () => {
  setState(initialState(), true);
  fake = fakeNormless();
  fake.answerAll();
  await connect(fake.normless, []);
});

test('asks as it is set, what is left empty by the engine’s default, and shows tokens as they come', async () => {
  setGeneration({ temperature: '0', topP: '', topK: '', seed: ' 7 ', maxTokens: '2' });
  const running = startGeneration();
  expect(getState().generating).toBe(true);
  const { request } = newest();
  expect(request).toMatchObject({
    pair: 'demo',
    prependBos: true,
    arms: ['original', 'lnfree'],
    mode: 'free',
  });
  expect(request).toMatchObject({ temperature: 0, seed: 7, maxTokens: 2 });
  expect('topP' in request || 'topK' in request).toBe(false);
  say('original', 0, SHE);
  say('lnfree', 0, SHE);
  say('original', 1, SAW);
  await vi.waitFor(() => expect(textOfArm('original')).toBe(' she saw'));
  expect(textOfArm('lnfree')).toBe(' she');
  expect(getState().generated?.arms.original?.stop).toBeNull();
  newest().finish(finished([SHE, SAW]));
  await running;
  expect(getState()).toMatchObject({ generating: false, generationError: null });
  expect(getState().generated).toMatchObject({
    by: { engine: 'wgsl', method: 'kv-cache' },
    arms: { lnfree: { stop: 'max-tokens', tokens: [SHE, SAW] } },
  });
});

test('a text that comes again after a lost device takes the place of what was there', async () => {
  void startGeneration();
  for (const [index, what] of [SHE, SAW, SHE].entries()) say('original', index, what);
  say('original', 0, SAW);
  await vi.waitFor(() => expect(textOfArm('original')).toBe(' saw'));
  stopGeneration();
});

test('a stop keeps what is there, and nothing that comes later', async () => {
  const running = startGeneration();
  say('original', 0, SHE);
  stopGeneration();
  await running;
  say('original', 1, SAW);
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(textOfArm('original')).toBe(' she');
  expect(getState()).toMatchObject({ generating: false, generationError: null });
  expect(getState().generated?.arms.original?.stop).toBe('stopped');
});

test('another prompt ends it; another press begins anew', async () => {
  const first = startGeneration();
  setState({ text: 'Something else' });
  await first;
  expect(newest().request.signal?.aborted).toBe(true);
  expect(getState().generating).toBe(false);

  const second = startGeneration();
  const third = startGeneration();
  await second;
  expect(getState().generating).toBe(true);
  newest().finish(finished([SHE]));
  await third;
  expect(fake.generations).toHaveLength(3);
  expect(textOfArm('lnfree')).toBe(' she');
});

test('what fails is told in its sentence', async () => {
  const running = startGeneration();
  newest().reject(new Error('topK is 0, but must be 1.'));
  await running;
  expect(getState()).toMatchObject({ generating: false, generationError: 'topK is 0, but must be 1.' });
});

test('one arm writes for all: the chosen one, or the first on show', async () => {
  setGeneration({ mode: 'forced', leader: 'lnfree' });
  void startGeneration();
  expect(newest().request).toMatchObject({ mode: 'forced', leader: 'lnfree' });
  stopGeneration();
  setState({ shown: ['vanilla'] });
  expect(leaderOf(getState())).toBe('vanilla');
});

test('a text becomes the prompt, and a token the question why it came', async () => {
  const { text } = getState();
  const running = startGeneration();
  newest().finish(finished([SHE, SAW, SHE]));
  await running;
  await explainToken('original', 1);
  expect(getState()).toMatchObject({
    text: `${text} she`,
    position: null,
    target: [{ id: 2497, piece: ' saw' }],
    contrast: [{ id: 673, piece: ' she' }], // what it likes better
  });
  await explainToken('original', 2);
  expect(getState()).toMatchObject({ text: `${text} she saw`, contrast: [] });
  await takeAsPrompt('lnfree');
  expect(getState().text).toBe(`${text} she saw she`);
});

test('pieces that are bytes of one character are put together', () => {
  const pieces = [' a', '<0xF0><0x9F>', '<0x98><0x80>', '!'].map((piece) => ({ piece }));
  expect(textOf(pieces)).toBe(' a😀!');
});
