/** The address follows the page after a pause, and in time while something changes without one. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { initialState } from '../initial.ts';
import { getState, setState } from '../store.ts';
import { followPage } from './address.ts';
import { redo, undo } from './open.ts';

const written = vi.fn();
let stop: () => void;

beforeEach(() => {
  setState(initialState(), true);
  written.mockClear();
  vi.useFakeTimers();
  vi.stubGlobal('location', { pathname: '/', search: '', hash: '' });
  vi.stubGlobal('history', {
    state: null,
    replaceState: (_: unknown, __: string, url: string) => written(url),
  });
  stop = followPage();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Lets the link be packed, which takes real time, before timers are faked again. */
async function packed(times: number): Promise<void> {
  vi.useRealTimers();
  await vi.waitFor(() => expect(written).toHaveBeenCalledTimes(times), { timeout: 5_000 });
}

test('once, after the last of several changes', async () => {
  for (const text of ['a', 'ab', 'abc']) {
    setState({ text });
    vi.advanceTimersByTime(300);
  }
  expect(getState().linking.undo).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(getState().linking.undo).toHaveLength(1);
  await packed(1);
  expect(written.mock.calls[0]?.[0]).toMatch(/^\/#v1\./);
});

test('within two seconds, while long work tells how far it is ten times a second', async () => {
  setState({ text: 'The dog' });
  for (let tick = 0; tick < 21; tick++) {
    setState(({ closer }) => ({ closer: { ...closer, text: { ...closer.text } } }));
    vi.advanceTimersByTime(100);
  }
  await packed(1);
  expect(getState().linking.undo).toHaveLength(1);
});

test('a link that asks what the page opens with leaves no fragment behind', async () => {
  location.hash = '#v1.opening';
  setState({ pinned: null });
  setState(({ target }) => ({ target: [...target] }));
  vi.advanceTimersByTime(500);
  await packed(1);
  expect(written).toHaveBeenCalledWith('/');
});

test('a step back takes back the last change, however quick it is, and a step forward brings it again', async () => {
  setState({ text: 'The dog' });
  vi.advanceTimersByTime(500);
  setState({ pinned: { layer: 2 } });
  await undo();
  expect(getState()).toMatchObject({ text: 'The dog', pinned: null });
  await redo();
  expect(getState()).toMatchObject({ text: 'The dog', pinned: { layer: 2 } });
  await packed(1);
});
