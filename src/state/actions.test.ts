/** Actions as plain functions: the question, the arms, the pins. */

import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadTokenizer } from '../tokenizer/tokenizer.ts';
import {
  addToken,
  chooseExample,
  chooseToken,
  clearSelection,
  removeToken,
  setCompare,
  setPosition,
  swapSides,
  toggleArm,
  toggleNeuron,
  togglePin,
} from './actions.ts';
import { EXAMPLES, type Example } from './examples.ts';
import { fakeNormless, later } from './fakeNormless.suite.ts';
import { initialState } from './initial.ts';
import { dismiss, notify } from './notices.ts';
import { comparison, positionOf, targetIds } from './selectors.ts';
import { connect } from './session.ts';
import { getState, setState } from './store.ts';

const she = { id: 673, piece: ' she' };
const he = { id: 339, piece: ' he' };
const ball = { id: 2613, piece: ' ball' };

beforeEach(async () => {
  setState(initialState(), true);
  const fake = fakeNormless();
  fake.answerAll();
  await connect(fake.normless, []);
});

describe('target and contrast', () => {
  test('the page opens with she over he', () => {
    expect([getState().target, getState().contrast]).toEqual([[she], [he]]);
    expect(targetIds(getState())).toEqual({ target: [673], contrast: [339] });
  });

  test('a chosen token replaces, an added one joins once, a removed one leaves', async () => {
    await chooseToken('target', ball);
    expect(getState().target).toEqual([ball]);
    await addToken('target', she);
    await addToken('target', ball);
    expect(getState().target).toEqual([she, ball]);
    await removeToken('target', 673);
    expect(getState().target).toEqual([ball]);
  });

  test('without a contrast the question is one token, and swapping does nothing', async () => {
    await removeToken('contrast', 339);
    await swapSides();
    expect(targetIds(getState())).toEqual({ target: [673] });
  });

  test('without a target there is no question', async () => {
    await removeToken('target', 673);
    expect(targetIds(getState())).toBeNull();
  });

  test('swapping asks the opposite', async () => {
    await swapSides();
    expect([getState().target, getState().contrast]).toEqual([[he], [she]]);
  });
});

describe('examples', () => {
  const ballExample = EXAMPLES.find((example) => example.id === 'ball') as Example;

  test('set prompt, target and contrast together', async () => {
    setState({ position: 4, prependBos: false });
    await chooseExample(ballExample);
    const { text, target, contrast, position, prependBos } = getState();
    expect({ text, position, prependBos }).toEqual({
      text: ballExample.text,
      position: null,
      prependBos: true,
    });
    expect([...target, ...contrast].map((token) => token.id)).toEqual([2613, 1097]);
  });

  test('a target that is two tokens in this vocabulary is left out with a word', async () => {
    await chooseExample({ ...ballExample, target: ' elephant' });
    expect(getState().target).toEqual([]);
    expect(getState().notices[0]?.message).toContain('2 tokens');
  });

  test.each([
    ['typed meanwhile', { text: 'Typed' }],
    ['of another pair by now', { pair: 'gpt2-small' }],
    ['with another target by now', { target: [ball] }],
  ])('a question %s is not replaced by an example that comes late', async (_, change) => {
    const { promise: free, resolve: release } = later();
    const { normless } = fakeNormless();
    const tokenize: typeof normless.tokenize = async (...asked) => {
      await free;
      return normless.tokenize(...asked);
    };
    await connect({ ...normless, tokenize }, []);
    const chosen = chooseExample(ballExample);
    setState(change);
    const before = getState();
    release();
    await chosen;
    const { text, pair, target, contrast } = before;
    expect(getState()).toMatchObject({ text, pair, target, contrast });
  });

  test('every example has its own name, and asks of what is one token of the demo', () => {
    expect(new Set(EXAMPLES.map((example) => example.id)).size).toBe(EXAMPLES.length);
    const { encode } = loadTokenizer(
      JSON.parse(readFileSync('public/models/demo/original/tokenizer.json', 'utf8')),
    );
    for (const { target, contrast } of EXAMPLES)
      for (const text of contrast === null ? [target] : [target, contrast]) {
        expect(text).toMatch(/^( \w+|\W+)$/); // a word has its space before it
        expect(encode(text), text).toHaveLength(1);
      }
  });
});

describe('arms', () => {
  test('hiding a compared arm moves Δ to what is left; the last arm stays', async () => {
    await toggleArm('vanilla');
    await toggleArm('lnfree');
    expect(getState().shown).toEqual(['original', 'vanilla']);
    expect(comparison(getState())).toEqual(['original', 'vanilla']);
    await toggleArm('vanilla');
    expect(comparison(getState())).toBeNull();
    await toggleArm('original');
    expect(getState().shown).toEqual(['original']);
  });

  test('comparing two arms puts both on show, in the order of the pair', async () => {
    await setCompare('vanilla', 'lnfree');
    expect(getState().shown).toEqual(['original', 'vanilla', 'lnfree']);
    expect(comparison(getState())).toEqual(['vanilla', 'lnfree']);
  });
});

describe('position and pins', () => {
  test('choosing the last token means the last, whatever follows', async () => {
    await setPosition(4);
    expect(positionOf(getState())).toBe(4);
    await setPosition(19);
    expect(getState().position).toBeNull();
    expect(positionOf(getState())).toBe(19);
  });

  test('a second click lets go; Esc lets go of everything', async () => {
    await togglePin({ layer: 5, head: 3 });
    await togglePin({ layer: 5, head: 3 });
    expect(getState().pinned).toBeNull();
    await togglePin({ layer: 5, head: 3 });
    toggleNeuron(100);
    expect(getState().colourBy).toBe('neuron');
    await clearSelection();
    expect(getState()).toMatchObject({ pinned: null, neuron: null, hover: null, colourBy: 'loss' });
  });
});

test('a notice is shown once and can be dismissed', () => {
  notify('error', 'A', 'b');
  notify('error', 'A', 'b');
  const [notice, ...rest] = getState().notices;
  expect(rest).toEqual([]);
  dismiss(notice?.id ?? -1);
  expect(getState().notices).toEqual([]);
});
