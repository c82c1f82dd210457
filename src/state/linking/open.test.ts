/** Links opened on a page with an engine: at once, after consent, or with what is missing said. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Link } from '../../share/schema.ts';
import { type FakeNormless, fakeNormless, later } from '../fakeNormless.suite.ts';
import { initialState } from '../initial.ts';
import { lookAt } from '../models/dialog.ts';
import { startLoad } from '../models/loading.ts';
import { type Asker, connect, refresh, updatePairs } from '../session.ts';
import { getState, setState } from '../store.ts';
import { currentLink, followPage } from './address.ts';
import { demoOf } from './demo.ts';
import { openLink, openWaiting, undo } from './open.ts';
import { addWaiting, forgetWaiting, reposIn } from './waiting.ts';

const asker: Asker = () => [
  { slot: 'token-stats', analysis: 'token-stats', parameters: {} },
  { slot: 'predictions', analysis: 'predictions', parameters: { position: -1, k: 10 } },
  {
    slot: 'dla:component',
    analysis: 'dla',
    parameters: { position: -1, target: [673], contrast: [339], unit: 'component' },
  },
];
const linking = () => getState().linking;

let fake: FakeNormless;
beforeEach(async () => {
  setState(initialState(), true);
  fake = fakeNormless();
  fake.answerAll();
  await connect(fake.normless, [asker]);
});

test('a link about the demo is asked at once, and its numbers are compared', async () => {
  await openLink({ ...currentLink(), text: 'The dog' });
  expect(getState()).toMatchObject({ text: 'The dog', pair: 'demo' });
  expect(fake.calls.at(-1)?.request).toMatchObject({ text: 'The dog' });
  await expect.poll(() => linking().verdict).toMatchObject({ ok: true });
});

test('somebody who asks something else before the numbers are there is told nothing of the link', async () => {
  const opened = openLink({ ...currentLink(), text: 'The dog' });
  setState({ text: 'The cat' });
  await opened;
  await refresh();
  expect(getState().slots.predictions.from).toBe('live');
  await new Promise((resolve) => setTimeout(resolve));
  expect(linking().verdict).toBeNull();
});

describe('a pair that is not at hand', () => {
  test('waits, says what it would download, and is opened once its models are loaded', async () => {
    await openLink({ pair: 'gpt2-small', text: 'The dog' });
    expect(linking().waiting).toMatchObject({
      pair: 'gpt2-small',
      download: [
        { arm: 'original', bytes: 4 * 124.4e6 },
        { arm: 'lnfree', bytes: 4 * 124.4e6 },
      ],
    });
    expect([getState().pair, fake.loads.length]).toEqual(['demo', 0]);
    await lookAt('gpt2-small');
    const loading = startLoad();
    await expect.poll(() => fake.loads.length).toBe(1);
    fake.loads[0]?.finish();
    await loading;
    await openWaiting();
    expect(getState()).toMatchObject({ pair: 'gpt2-small', text: 'The dog' });
    expect(linking().waiting).toBeNull();
  });

  test('an unknown one is added from the repositories that the link names, after consent only', async () => {
    const link: Link = { pair: 'ours', text: 'The dog', repos: { a: { name: 'me/mine', revision: 'main' } } };
    await openLink(link);
    expect([fake.added, linking().waiting?.download]).toEqual([[], null]);
    await addWaiting();
    expect(fake.added).toMatchObject([{ id: 'ours', arms: { a: { repo: 'me/mine', revision: 'main' } } }]);
    expect(getState().models).toMatchObject({ open: true, choice: { pair: 'ours' } });
    expect(linking().waiting?.download).toMatchObject([{ arm: 'a' }]);
    forgetWaiting();
    expect(linking().waiting).toBeNull();
  });

  test('one of the same name made of other repositories is another one, and gets a name of its own', async () => {
    await fake.normless.add({ id: 'ours', arms: { a: { repo: 'me/mine' } } });
    await updatePairs();
    await openLink({ pair: 'ours', repos: { a: { name: 'somebody/else', revision: 'main' } } });
    expect(linking().waiting).toMatchObject({ pair: 'ours' });
    await addWaiting();
    expect(fake.added.at(-1)).toMatchObject({ id: 'ours-2', arms: { a: { repo: 'somebody/else' } } });
    expect(linking().waiting).toMatchObject({ pair: 'ours-2', link: { pair: 'ours-2' } });
  });

  test('a repository that cannot be read says so, and the link goes on waiting', async () => {
    await openLink({ pair: 'ours', repos: { refused: { name: 'me/bert', revision: 'main' } } });
    await addWaiting();
    expect(getState().notices).toMatchObject([{ message: 'This is not a GPT-2.' }]);
    expect(linking().waiting).toMatchObject({ pair: 'ours', adding: false });
  });
});

test('the link of an added pair names where its arms come from', async () => {
  await fake.normless.add({ id: 'ours', arms: { a: { repo: 'me/mine' } } });
  setState({ pairs: await fake.normless.pairs(), pair: 'ours', shown: ['a'] });
  expect(currentLink()).toMatchObject({ repos: { a: { name: 'me/mine', revision: 'main' } } });
  setState({ pair: 'gpt2-small', shown: ['original'] });
  expect(currentLink().repos).toBeUndefined();
});

test('repositories stand in the order of the arms on show, whatever order their names have', () => {
  const repo = { name: 'me/mine', revision: 'main' };
  const link: Link = { repos: { another: repo, lnfree: repo, original: repo } };
  expect(reposIn(link).map(([arm]) => arm)).toEqual(['original', 'lnfree', 'another']);
});

test('arms that are not there are left out by name; none left is an error, and the page stays', async () => {
  await openLink({ text: 'The dog', ...demoOf('demo'), view: { shown: ['original', '<b>'] } });
  expect(getState()).toMatchObject({ text: 'The dog', shown: ['original'] });
  expect(getState().notices).toMatchObject([{ tone: 'info', message: expect.stringContaining('<b>') }]);
  await expect(openLink({ text: 'The cat', view: { shown: ['nobody'] } })).rejects.toThrow(
    /None of the models/,
  );
  expect(getState().text).toBe('The dog');
});

test('other weights under the same name are told', async () => {
  const commit = (letter: string) => letter.repeat(40);
  const arm = fake.pairs[0]?.arms[0];
  if (arm) arm.repo = { name: 'me/mine', revision: commit('a'), url: '' };
  setState({ pairs: await fake.normless.pairs() });
  const link = currentLink();
  expect(link.models).toBeUndefined(); // it came with the page
  await openLink({ ...link, models: { original: { dtype: 'f32', weights: `me/mine@${commit('b')}` } } });
  await expect.poll(() => linking().verdict).toMatchObject({ ok: false });
  expect(linking().verdict?.says).toMatch(/Original is me\/mine@a{40} here and was me\/mine@b{40}/);
});

describe('while the engine takes its time', () => {
  let go: () => void;
  /** Loads wait until told. */
  beforeEach(async () => {
    const waiting: (() => void)[] = [];
    const { load } = fake.normless;
    for (const arm of fake.pairs.flatMap(({ arms }) => arms))
      Object.assign(arm, { loaded: true, dtype: 'f32' });
    await updatePairs();
    fake.normless.load = async (request) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return load(request);
    };
    go = () => waiting.shift()?.();
  });

  afterEach(() => vi.unstubAllGlobals());

  /** The address follows from now on. */
  function followed() {
    const written = vi.fn();
    vi.stubGlobal('location', { pathname: '/', search: '', hash: '#v1.the-link' });
    vi.stubGlobal('history', { state: null, replaceState: written });
    const stop = followPage();
    const ended = async () => {
      stop();
      await new Promise((resolve) => setTimeout(resolve, 600)); // for what is still to be written
    };
    return { written, ended };
  }

  test('of two links opened the last stays', async () => {
    const first = openLink({ pair: 'gpt2-small', text: 'The first' });
    await openLink({ text: 'The second' });
    go();
    await first;
    expect(getState()).toMatchObject({ pair: 'demo', text: 'The second' });
  });

  test('of two steps back the last counts', async () => {
    setState({
      linking: { ...linking(), undo: [{ text: 'The dog' }, { pair: 'gpt2-small', text: 'The cat' }] },
    });
    const first = undo();
    await undo();
    go();
    await first;
    expect(getState()).toMatchObject({ pair: 'demo', text: 'The dog' });
  });

  test('a step back that takes its time is no new state: the way forward stays', async () => {
    const { ended } = followed();
    setState({ linking: { ...linking(), undo: [{ pair: 'gpt2-small', text: 'The cat' }] } });
    const back = undo();
    setState(({ slots }) => ({ slots: { ...slots } })); // work that tells how far it is
    await new Promise((resolve) => setTimeout(resolve, 500));
    go();
    await back;
    expect(linking()).toMatchObject({ undo: [], redo: [{}] });
    expect(getState().text).toBe('The cat');
    await ended();
  });

  test('what is typed while a link is opened comes back with Undo', async () => {
    const { ended } = followed();
    const opened = openLink({ pair: 'gpt2-small', text: 'The dog' });
    setState({ text: 'Typed' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    go();
    await opened;
    const back = undo();
    go();
    await back;
    expect(getState()).toMatchObject({ pair: 'demo', text: 'Typed' });
    await ended();
  });

  test('a link that is being opened stays in the address', async () => {
    const { ended, written } = followed();
    const opened = openLink({ pair: 'gpt2-small', text: 'The dog' });
    setState({ position: 3 });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(written).not.toHaveBeenCalled();
    go();
    await opened;
    await expect.poll(() => written.mock.calls.length).toBe(1);
    await ended();
  });
});

test('a link that is dismissed while its pair is added does not come back', async () => {
  const { promise: free, resolve: release } = later();
  const { add } = fake.normless;
  fake.normless.add = (request) => free.then(() => add(request));
  for (const arm of ['refused', 'a']) {
    await openLink({ pair: 'ours', repos: { [arm]: { name: 'me/mine', revision: 'main' } } });
    const added = addWaiting();
    forgetWaiting();
    release();
    await added;
    expect(linking().waiting).toBeNull();
    expect(getState()).toMatchObject({ models: { open: false }, notices: [] });
  }
});

test('what a link would have needed is not said of once it is dismissed', async () => {
  const { promise: free, resolve: release } = later();
  fake.normless.budget = () => free.then(() => Promise.reject(new Error('The Hub cannot be reached.')));
  const opened = openLink({ pair: 'gpt2-small' });
  await expect.poll(() => linking().waiting).not.toBeNull();
  forgetWaiting();
  release();
  await opened;
  expect(getState().notices).toEqual([]);
});
