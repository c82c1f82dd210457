/** Verify in the session: asked by its button, for one question, with progress, and never by itself. */

import { beforeEach, describe, expect, test } from 'vitest';
import { UnsupportedError } from '../base/errors.ts';
import { exampleReport } from './exampleReport.ts';
import { type FakeNormless, fakeNormless } from './fakeNormless.suite.ts';
import { initialState } from './initial.ts';
import { connect, refresh } from './session.ts';
import { getState, setState } from './store.ts';
import { cancelVerify, startVerify, verifyAsks, verifyError, verifyStands } from './verify.ts';

let fake: FakeNormless;
const settle = () => new Promise((resolve) => setTimeout(resolve));
const slot = () => getState().slots.verify;
const stands = () => verifyStands(getState());

beforeEach(async () => {
  setState(initialState(), true);
  fake = fakeNormless();
  await connect(fake.normless, [verifyAsks]);
});

/** A press of the button, up to the engine's being asked. */
async function press() {
  const done = startVerify();
  await settle();
  return { done, call: fake.calls.at(-1) };
}

async function verified() {
  const { done, call } = await press();
  call?.resolve();
  await done;
}

test('nothing is asked until the button is pressed; then every arm, without parameters', async () => {
  await refresh();
  expect(fake.calls).toEqual([]);
  const { done, call } = await press();
  expect(call).toMatchObject({
    id: 'verify',
    request: {
      pair: 'demo',
      prependBos: true,
      arms: ['original', 'vanilla', 'lnfree'],
      text: getState().text,
    },
  });
  expect([slot().working, stands()]).toEqual([true, false]);
  call?.resolve();
  await done;
  expect(slot()).toMatchObject({ working: false, result: { firstDivergence: null } });
  expect(stands()).toBe(true);
});

test('progress is kept while it works, and gone with the answer', async () => {
  const { done, call } = await press();
  const progress = {
    done: 3,
    total: 9,
    unit: 'steps',
    phase: 'comparing hook_embed of lnfree',
  } as const;
  call?.request.onProgress?.(progress);
  expect(slot().progress).toEqual(progress);
  call?.resolve();
  await done;
  expect(slot().progress).toBeNull();
  call?.request.onProgress?.(progress);
  expect(slot().progress).toBeNull();
});

describe('another question', () => {
  test('keeps the report, as one of before, and asks nothing by itself, also on the way back', async () => {
    await verified();
    const { text } = getState();
    setState({ text: 'another' });
    await refresh();
    expect(stands()).toBe(false);
    expect(slot().result).not.toBeNull();
    setState({ text });
    await refresh();
    expect(stands()).toBe(true);
    expect(fake.calls).toHaveLength(1);
  });

  test('while it works cancels it for good', async () => {
    const { done, call } = await press();
    const { text } = getState();
    setState({ text: 'another' });
    await refresh();
    expect(call?.request.signal?.aborted).toBe(true);
    expect(slot().working).toBe(false);
    call?.reject(new DOMException('superseded', 'AbortError'));
    await done;
    setState({ text });
    await refresh();
    expect(fake.calls).toHaveLength(1);
  });

  test('is one with an arm more, but not one with an arm hidden', async () => {
    fake.pairs[0]!.arms = fake.pairs[0]!.arms.map((arm) => ({ ...arm, loaded: arm.id === 'original' }));
    setState({ pairs: structuredClone(fake.pairs), shown: ['original'] });
    const { done, call } = await press();
    expect(call?.request.arms).toEqual(['original']);
    const { original } = exampleReport().arms;
    call?.resolve({ arms: { original } } as never);
    await done;
    expect(stands()).toBe(true);
    setState({ shown: ['original', 'lnfree'] });
    await refresh();
    expect(stands()).toBe(false);
    expect(fake.calls).toHaveLength(1);
    setState({ shown: ['original'] });
    expect(stands()).toBe(true);
  });
});

test('weights kept in another way make the report one of before', async () => {
  await verified();
  const pairs = structuredClone(fake.pairs);
  pairs[0]!.arms[2]!.dtype = 'f16';
  setState({ pairs });
  expect(stands()).toBe(false);
});

test('another engine that answers changes nothing about it', async () => {
  await verified();
  fake.setStatus({ route: { engine: 'ort', choice: 'ort', why: 'a test' } });
  await settle();
  expect(stands()).toBe(true);
  expect(fake.calls).toHaveLength(1);
});

test('pressed again on the same prompt it compares again; cancelled, the report of before stands', async () => {
  await verified();
  const before = slot().result;
  const { done, call } = await press();
  expect(fake.calls).toHaveLength(2);
  await cancelVerify();
  expect(call?.request.signal?.aborted).toBe(true);
  call?.reject(new DOMException('cancelled', 'AbortError'));
  await done;
  expect(slot()).toMatchObject({ working: false, progress: null, error: null });
  expect(slot().result).toBe(before);
  expect(stands()).toBe(true);
  await refresh();
  expect(fake.calls).toHaveLength(2);
});

test('a failure is told with the panel only, not tried again by itself, and gone with another prompt', async () => {
  const { done, call } = await press();
  call?.reject(new UnsupportedError('There are no two engines to compare here.'));
  await done;
  expect(verifyError(getState())).toContain('no two engines');
  expect(getState().notices).toEqual([]);
  await refresh();
  expect(fake.calls).toHaveLength(1);
  setState({ text: 'another' });
  expect(verifyError(getState())).toBeNull();
  await verified();
  expect(verifyError(getState())).toBeNull();
  expect(stands()).toBe(true);
});

test('a press while the prompt’s own request works is kept, whatever else is clicked meanwhile', async () => {
  const stats = () => [{ slot: 'token-stats', analysis: 'token-stats', parameters: {} } as const];
  await Promise.all([
    connect(fake.normless, [stats, verifyAsks]),
    settle().then(() => fake.calls[0]?.resolve()),
  ]);
  setState({ text: 'another' });
  const done = startVerify();
  setState({ pinned: { layer: 2 } });
  void refresh();
  fake.calls[1]?.resolve();
  await settle();
  const [, , call] = fake.calls;
  expect(call?.id).toBe('verify');
  setState({ pinned: null });
  void refresh();
  expect(call?.request.signal?.aborted).toBe(false);
  call?.resolve();
  await done;
  expect(stands()).toBe(true);
});
