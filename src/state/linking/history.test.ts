/** Which states a visit keeps, what is said of each, and that numbers are kept with their own state only. */

import { beforeEach, expect, test } from 'vitest';
import type { Link } from '../../share/schema.ts';
import { initialState } from '../initial.ts';
import { getState, setState } from '../store.ts';
import { changeOf, record } from './history.ts';

const kept = () => getState().linking.history;
const see = (link: Link, change: Partial<ReturnType<typeof initialState>> = {}) =>
  record({ ...getState(), ...change }, link);
const ANOTHER = { wanted: { predictions: 'another question' } };

beforeEach(() => setState(initialState(), true));

test('each state once, the newest first, with its own numbers as they come', () => {
  see({});
  expect(kept()).toMatchObject([{ link: {}, changed: 'the first of this visit' }]);
  expect(kept()[0]?.answers).toMatchObject({ original: { top: { piece: ' she' } }, lnfree: {} });
  see({ text: 'The dog' }, ANOTHER);
  expect(kept()).toMatchObject([{ changed: 'prompt', answers: null }, { link: {} }]);
  see({ text: 'The dog' });
  expect(kept()[0]?.answers).not.toBeNull();
  see({}, ANOTHER);
  expect(kept().map(({ link }) => link)).toEqual([{}, { text: 'The dog' }]);
  expect(kept()[0]?.answers).not.toBeNull(); // as it was seen before
});

test('a prompt typed on before its numbers came is not kept, one with numbers is', () => {
  see({});
  see({ text: 'The d' }, ANOTHER);
  see({ text: 'The dog' }, ANOTHER);
  expect(kept()).toMatchObject([{ link: { text: 'The dog' }, changed: 'prompt' }, { link: {} }]);
  see({ text: 'The dog' });
  see({ text: 'The dog ran' }, ANOTHER);
  see({ text: 'A cat' }, ANOTHER);
  expect(kept().map(({ link }) => link.text)).toEqual(['A cat', 'The dog ran', 'The dog', undefined]);
});

test('the oldest are let go', () => {
  for (let i = 0; i < 50; i++) see({ text: String(i) });
  expect(kept()).toHaveLength(40);
  expect(kept()[0]?.link.text).toBe('49');
});

test.each<[Link, Link, string]>([
  [{}, { text: 'The dog', position: 2 }, 'prompt, position'],
  [{}, { contrast: [] }, 'target'],
  [{ pair: 'a' }, { pair: 'b', view: { shown: ['x'] } }, 'models, arms on show'],
  [{}, { view: { open: 'norms' }, pins: { neuron: 3 } }, 'open panel, pins'],
  [{}, { closer: { norms: { stage: 3 } } }, 'panel’s settings'],
  [{}, { view: { predictionMetric: 'logit' } }, 'view'],
])('from %o to %o: %s', (before, after, words) => {
  expect(changeOf(before, after)).toBe(words);
});
