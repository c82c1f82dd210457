/** A frame before its engine runs: what its address asks for, whose numbers a link of it carries, and what a damaged one changes. */

import { beforeEach, expect, test } from 'vitest';
import { encodeLink } from '../../share/codec.ts';
import { initialState } from '../initial.ts';
import { getState, setState } from '../store.ts';
import { demoOf } from './demo.ts';
import { authorsLink, frameLink, openFrame } from './embedding.ts';

const FINGERPRINT = { original: { top: 673, prob: 0.8, value: 5.9 } };

beforeEach(() => setState(initialState(), true));

test('the page becomes what the link asks for; the author’s numbers stay with the question they answer', async () => {
  const link = { text: 'The dog', fingerprint: FINGERPRINT };
  await openFrame(`#${await encodeLink(link)}`, null);
  expect(getState().text).toBe('The dog');
  expect([authorsLink(), frameLink()]).toEqual([link, link]);
  setState({ text: 'The cat' });
  expect([authorsLink(), frameLink()]).toEqual([null, { text: 'The cat', ...demoOf('demo') }]);
});

test('a panel that looks closer is open, whatever the link says of it, so that its link opens it, too', async () => {
  await openFrame(`#${await encodeLink({ view: { open: 'norms', predictionCount: 5 } })}`, 'patching');
  expect(getState().open).toBe('patching');
  expect(frameLink()).toEqual({ view: { open: 'patching', predictionCount: 5 } });
});

test('an address without a link is the opening question', async () => {
  await openFrame('', null);
  expect(frameLink()).toEqual({});
});

test('a damaged link is refused, and nothing is changed', async () => {
  const before = getState();
  await expect(openFrame('#v1.q1YqSa0oUbJSKs.AAAAAAAA', null)).rejects.toThrow(/cannot be read/);
  await expect(openFrame('#something', null)).rejects.toThrow(/does not begin like one/);
  expect(getState()).toBe(before);
});
