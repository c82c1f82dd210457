/** The session: committed results first, newest request wins, what was shown stays, each failure in its place. */

import { beforeEach, describe, expect, test } from 'vitest';
import { DeviceError, InputError, UnsupportedError } from '../base/errors.ts';
import { setPosition, setText, togglePin } from './actions.ts';
import { fakeNormless } from './fakeNormless.suite.ts';
import { initialState } from './initial.ts';
import { freshness } from './selectors.ts';
import { type Asker, connect, refresh, updatePairs } from './session.ts';
import { getState, setState } from './store.ts';

const stats: Asker = () => [{ slot: 'token-stats', analysis: 'token-stats', parameters: {} }];
const predictions: Asker = ({ position }) => [
  { slot: 'predictions', analysis: 'predictions', parameters: { position: position ?? -1, k: 10 } },
];
const sources: Asker = ({ pinned }) =>
  pinned
    ? [{ slot: 'dla:head-source', analysis: 'dla', parameters: { target: [673], unit: 'head-source' } }]
    : [];
const ASKERS = [stats, predictions, sources];

/** Lets everything that is already decided happen. */
const settle = () => new Promise((resolve) => setTimeout(resolve));
const fresh = (slot: 'token-stats' | 'predictions') => freshness(getState(), slot);

beforeEach(() => setState(initialState(), true));

async function started() {
  const fake = fakeNormless();
  fake.answerAll();
  await connect(fake.normless, ASKERS);
  fake.calls.length = 0;
  return fake;
}

/** An engine that has started and from now on answers only when told. */
async function manual() {
  await started();
  const fake = fakeNormless();
  const connected = connect(fake.normless, ASKERS);
  await settle();
  for (const call of fake.calls) call.resolve();
  await connected;
  fake.calls.length = 0;
  return fake;
}

describe('starting', () => {
  test('shows the committed result until the engine is ready, then computes the same live', async () => {
    let open = () => {};
    const fake = fakeNormless(new Promise((resolve) => (open = resolve)));
    const connected = connect(fake.normless, ASKERS);
    expect(fresh('predictions')).toBe('committed');
    expect(fake.calls).toEqual([]);
    open();
    fake.answerAll();
    await connected;
    expect(fresh('predictions')).toBe('live');
    expect(fake.calls.map((call) => call.id)).toEqual(['token-stats', 'predictions']);
    expect(fake.calls[0]?.request.arms).toEqual(['original', 'vanilla', 'lnfree']);
  });

  test('the committed result answers the opening question on whichever engine, until the live one arrives', async () => {
    let open = () => {};
    const fake = fakeNormless(new Promise((resolve) => (open = resolve)));
    const connected = connect(fake.normless, ASKERS);
    const states: string[] = [];
    fake.setStatus({ route: { engine: 'ort', choice: 'auto', why: 'a test' } });
    states.push(fresh('predictions'));
    open();
    await settle();
    states.push(fresh('predictions'));
    fake.answerAll();
    await connected;
    states.push(fresh('predictions'));
    expect(states).toEqual(['committed', 'committed', 'live']);
    expect(fake.calls.map((call) => call.id)).toEqual(['token-stats', 'predictions']);
  });

  test('never takes the committed result for the answer to a prompt typed before the engine was there', async () => {
    setText('typed early');
    const fake = fakeNormless();
    const connected = connect(fake.normless, ASKERS);
    expect(fresh('predictions')).toBe('earlier');
    fake.answerAll();
    await connected;
    expect(fake.calls.map((call) => call.request.text)).toEqual(['typed early', 'typed early']);
  });

  test('keeps the committed result where no engine can run, and says a new prompt is not answered', async () => {
    const fake = fakeNormless(Promise.reject(new UnsupportedError('no WebGPU here')));
    await connect(fake.normless, ASKERS);
    setText('Another prompt');
    await refresh();
    expect(fake.calls).toEqual([]);
    expect(fresh('predictions')).toBe('earlier');
    expect(getState().slots.predictions.result).not.toBeNull();
  });
});

describe('newest wins', () => {
  test('a late answer to an earlier prompt is never seen', async () => {
    const fake = await manual();
    setState({ text: 'first' });
    const first = refresh();
    setState({ text: 'second' });
    const second = refresh();
    const [old, recent] = fake.calls;
    expect(old?.request.signal?.aborted).toBe(true);
    recent?.resolve({ pieces: ['second'] });
    old?.resolve({ pieces: ['first'] });
    await settle();
    for (const call of fake.calls.slice(2)) call.resolve();
    await Promise.all([first, second]);
    expect(getState().slots['token-stats'].result?.pieces).toEqual(['second']);
  });

  test('while it works the old result stays, marked as such', async () => {
    const fake = await manual();
    const before = getState().slots['token-stats'].result;
    setState({ text: 'longer' });
    const done = refresh();
    expect(fresh('token-stats')).toBe('working');
    expect(getState().slots['token-stats'].result).toBe(before);
    fake.answerAll();
    await done;
    expect(fresh('token-stats')).toBe('live');
  });

  test('while the prompt’s own request works, what waits for it is on the way, not outdated', async () => {
    const fake = await manual();
    setState({ text: 'longer' });
    const done = refresh();
    expect(fake.calls.map((call) => call.id)).toEqual(['token-stats']);
    expect(fresh('predictions')).toBe('working');
    fake.answerAll();
    await done;
  });

  test('another engine that answers has everything computed anew', async () => {
    const fake = await started();
    fake.setStatus({ route: { engine: 'wgsl', choice: 'wgsl', why: 'a test' } });
    await settle();
    expect(fake.calls.map((call) => call.id)).toEqual(['token-stats', 'predictions']);
    fake.setStatus({ phase: 'ready' });
    await settle();
    expect(fake.calls).toHaveLength(2);
  });

  test('the same weights kept in another way have everything computed anew', async () => {
    const fake = await started();
    await refresh();
    expect(fake.calls).toEqual([]);
    for (const arm of fake.pairs.find(({ id }) => id === 'demo')?.arms ?? []) arm.dtype = 'q8';
    await updatePairs();
    expect(fresh('predictions')).not.toBe('live');
    await refresh();
    expect(fake.calls.map((call) => call.id)).toEqual(['token-stats', 'predictions']);
    expect(fresh('predictions')).toBe('live');
  });

  test('typing waits for a pause and asks once', async () => {
    const fake = await started();
    for (const text of ['a', 'ab', 'abc']) setText(text);
    expect(fake.calls).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 260));
    expect(fake.calls.map((call) => call.request.text)).toEqual(['abc', 'abc']);
  });

  test('what is under way for the same question is not asked twice', async () => {
    const fake = await manual();
    setState({ text: 'once' });
    const both = [refresh(), refresh()];
    expect(fake.calls).toHaveLength(1);
    fake.answerAll();
    await Promise.all(both);
    expect(fake.calls.map((call) => call.id)).toEqual(['token-stats', 'predictions']);
  });

  test('a prompt that comes while the one before is still answered has nothing asked of it but its own request', async () => {
    const fake = await manual();
    setState({ text: 'first' });
    const first = refresh();
    fake.calls[0]?.resolve();
    await settle();
    expect(fake.calls.map((call) => call.id)).toEqual(['token-stats', 'predictions']);
    setState({ text: 'too long' });
    const second = refresh();
    fake.calls[1]?.resolve(); // the earlier question's last answer, which nobody wants any more
    await first;
    expect(fake.calls.slice(2).map((call) => call.id)).toEqual(['token-stats']);
    fake.calls[2]?.reject(new InputError('302 tokens'));
    await second;
    expect(fake.calls).toHaveLength(3);
    expect(getState().slots.predictions.error).toBeNull();
  });

  test('what is typed while the prompt before is answered waits for the pause, and its own request comes first', async () => {
    const fake = await manual();
    setState({ text: 'first' });
    const first = refresh();
    fake.calls[0]?.resolve();
    await settle();
    setText('second');
    fake.calls[1]?.resolve();
    await first;
    expect(fake.calls).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 260));
    expect(fake.calls.slice(2).map((call) => [call.id, call.request.text])).toEqual([
      ['token-stats', 'second'],
    ]);
    fake.answerAll();
    await settle();
    expect(fresh('predictions')).toBe('live');
  });

  test('an arm that is hidden again before it came is not waited for', async () => {
    const fake = await manual();
    const pairs = structuredClone(fake.pairs);
    pairs[0]!.arms = pairs[0]!.arms.map((arm) => ({ ...arm, loaded: arm.id === 'original' }));
    setState({ pairs, shown: ['original'], text: 'first' });
    const first = refresh();
    const { original } = getState().slots['token-stats'].result?.arms ?? {};
    fake.calls[0]?.resolve({ arms: { original } } as never);
    await settle();
    fake.calls[1]?.resolve();
    await first;
    setState({ shown: ['original', 'lnfree'] });
    const second = refresh();
    const more = fake.calls[2];
    expect(more?.request.arms).toEqual(['original', 'lnfree']);
    setState({ shown: ['original'] });
    await refresh();
    expect(more?.request.signal?.aborted).toBe(true);
    more?.reject(new DeviceError('lnfree does not fit'));
    await second;
    expect(getState()).toMatchObject({
      notices: [],
      slots: { 'token-stats': { working: false, error: null } },
    });
  });

  test('another position asks only for what depends on it', async () => {
    const fake = await started();
    await setPosition(3);
    expect(fake.calls.map((call) => call.id)).toEqual(['predictions']);
    expect(fake.calls[0]?.request).toMatchObject({ position: 3 });
  });

  test('a pin may ask for an analysis, and letting go drops it', async () => {
    const fake = await manual();
    const pinned = togglePin({ layer: 5, head: 3 });
    await settle();
    const call = fake.calls.find((each) => each.request.unit === 'head-source');
    expect(call).toBeDefined();
    await togglePin({ layer: 5, head: 3 });
    expect(call?.request.signal?.aborted).toBe(true);
    call?.resolve();
    await pinned;
    expect(getState().slots['dla:head-source']).toMatchObject({ working: false, result: null });
  });
});

describe('failures', () => {
  test('a prompt that cannot run says why beside the prompt; the rest is not even asked', async () => {
    const fake = await manual();
    const before = getState().slots.predictions.result;
    setState({ text: 'too long' });
    const done = refresh();
    fake.calls[0]?.reject(new InputError('The prompt has 302 tokens, this model reads at most 256.'));
    await done;
    expect(getState().promptError).toContain('302');
    expect(getState().notices).toEqual([]);
    expect(fake.calls).toHaveLength(1);
    expect(getState().slots.predictions.result).toBe(before);
    expect(fresh('predictions')).toBe('earlier');

    setState({ text: 'short' });
    fake.answerAll();
    await refresh();
    expect(getState().promptError).toBeNull();
  });

  test('back at a prompt that was answered, what was wrong with another one is said no longer', async () => {
    const fake = await manual();
    const { text } = getState();
    setState({ text: 'too long' });
    const done = refresh();
    fake.calls[0]?.reject(new InputError('302 tokens'));
    await done;
    setState({ text });
    await refresh();
    expect(fake.calls).toHaveLength(1);
    expect(getState().promptError).toBeNull();
    expect(getState().slots['token-stats'].error).toBeNull();
  });

  test('what was wrong with one prompt does not stand beside the next, which fails for another reason', async () => {
    const fake = await manual();
    for (const error of [new InputError('302 tokens'), new DeviceError('Out of memory.')]) {
      setState({ text: error.message });
      const done = refresh();
      fake.calls.at(-1)?.reject(error);
      await done;
    }
    expect(getState()).toMatchObject({ promptError: null, notices: [{ message: 'Out of memory.' }] });
  });

  test('a device failure is a notice, once, and the results stay', async () => {
    const fake = await manual();
    for (const text of ['x', 'y']) {
      setState({ text });
      const done = refresh();
      fake.calls.at(-1)?.reject(new DeviceError('Out of memory: 2 GB asked, 1 GB allowed.'));
      await done;
    }
    expect(getState().notices.map((notice) => notice.message)).toEqual([
      'Out of memory: 2 GB asked, 1 GB allowed.',
    ]);
    expect(getState().slots['token-stats'].result).not.toBeNull();
  });

  test('a mistake in one request stays with its panel', async () => {
    const fake = await manual();
    const done = setPosition(2);
    await settle();
    fake.calls[0]?.reject(new InputError('No such position.'));
    await done;
    expect(getState().slots.predictions.error?.message).toBe('No such position.');
    expect(getState().promptError).toBeNull();
  });

  test('a rebuilt device is told', async () => {
    const fake = await started();
    fake.setStatus({ phase: 'ready', recoveries: 1 });
    expect(getState().notices).toMatchObject([{ tone: 'info', title: 'The graphics device was lost' }]);
  });

  test('a position beyond a shorter prompt becomes the last', async () => {
    const fake = await manual();
    setState({ position: 15, text: 'short' });
    const done = refresh();
    fake.calls[0]?.resolve({ tokens: [8191, 1], pieces: ['<|endoftext|>', 'short'] });
    await settle();
    fake.answerAll();
    await done;
    expect(getState().position).toBeNull();
    expect(fake.calls[1]?.request).toMatchObject({ position: -1 });
  });
});
