/** The models dialog as plain functions: looking, choosing, loading, cancelling, adding, keeping. */

import { beforeEach, describe, expect, test } from 'vitest';
import { LoadError } from '../../base/errors.ts';
import { setText, toggleArm } from '../actions.ts';
import { type FakeNormless, fakeNormless } from '../fakeNormless.suite.ts';
import { initialState } from '../initial.ts';
import { type Asker, connect, refresh } from '../session.ts';
import { getState, setState } from '../store.ts';
import { tokenize } from '../vocabulary.ts';
import { chooseStorage, closeModels, lookAt, openModels, showModelsView, toggleChoice } from './dialog.ts';
import {
  addDraftArm,
  removeDraftArm,
  removePair,
  setDraftArm,
  setDraftTitle,
  submitDraft,
  unloadPair,
} from './draft.ts';
import { deleteKept, groupKept, keepModels } from './keeping.ts';
import { cancelLoad, dismissLoad, plannedLoad, retryLoad, startLoad } from './loading.ts';
import { choosePair } from './switchPair.ts';

const stats: Asker = () => [{ slot: 'token-stats', analysis: 'token-stats', parameters: {} }];
const settle = () => new Promise((resolve) => setTimeout(resolve));
const models = () => getState().models;

let fake: FakeNormless;
beforeEach(async () => {
  cancelLoad();
  setState(initialState(), true);
  fake = fakeNormless();
  fake.answerAll();
  await connect(fake.normless, [stats]);
});

/** Looks at a pair and starts loading it. */
async function loading(pair: string) {
  await openModels(pair);
  const done = startLoad();
  await settle();
  return { done, call: fake.loads.at(-1) };
}

describe('looking at a pair', () => {
  test('shows what it would take before anything is loaded', async () => {
    await openModels('gpt2-small');
    expect(models()).toMatchObject({ open: true, view: 'pairs' });
    expect(models().choice.everyArm?.arms).toHaveLength(3);
    expect(fake.loads).toEqual([]);
    closeModels();
    expect(models().open).toBe(false);
  });

  test('chooses the control too where that costs nothing, else only the two that are compared', async () => {
    await lookAt('gpt2-small');
    expect(models().choice.arms).toEqual(['original', 'vanilla', 'lnfree']);
    expect(plannedLoad()).toMatchObject({ dtype: 'f32', residency: 'all' });
    // Two XL fit in 8 bits together, three do not.
    await lookAt('gpt2-xl');
    expect(models().choice.arms).toEqual(['original', 'lnfree']);
    expect(plannedLoad()).toMatchObject({ dtype: 'q8', residency: 'all' });
  });

  test('another storage or another set of arms is another plan', async () => {
    await lookAt('gpt2-xl');
    chooseStorage('f16');
    expect(plannedLoad()).toMatchObject({ dtype: 'f16', residency: 'one-at-a-time' });
    chooseStorage('f32');
    expect(plannedLoad()).toBeNull();
    chooseStorage('f16');
    await toggleChoice('lnfree');
    expect(plannedLoad()).toMatchObject({ arms: ['original'], residency: 'all' });
    await toggleChoice('original');
    expect(models().choice.budget).toBeNull();
    expect(plannedLoad()).toBeNull();
  });

  test('what was chosen stays while the pair does', async () => {
    await lookAt('gpt2-small');
    await toggleChoice('vanilla');
    chooseStorage('q8');
    await showModelsView('storage');
    await showModelsView('pairs');
    expect(plannedLoad()).toMatchObject({ arms: ['original', 'lnfree'], dtype: 'q8' });
  });

  test('a pair that is loaded is shown as it is', async () => {
    await lookAt('demo');
    expect(models().choice).toMatchObject({ dtype: 'f32', arms: ['original', 'vanilla', 'lnfree'] });
  });

  test('where it cannot be told, the reason stands in its place', async () => {
    fake.normless.budget = () => Promise.reject(new LoadError('The Hub cannot be reached. Try again later.'));
    await lookAt('gpt2-small');
    expect(models().choice).toMatchObject({
      working: false,
      budget: null,
      error: { message: 'The Hub cannot be reached. Try again later.' },
    });
  });
});

describe('loading', () => {
  test('asks for what was shown, and the pair becomes the current one with the same question', async () => {
    setState({ text: 'My prompt' });
    const { done, call } = await loading('gpt2-small');
    expect(call?.request).toMatchObject({
      pair: 'gpt2-small',
      arms: ['original', 'vanilla', 'lnfree'],
      dtype: 'f32',
      residency: 'all',
    });
    expect(models().job?.state).toBe('running');
    setState({ text: 'My prompt, typed on' });
    call?.finish();
    await done;
    expect(models().job?.state).toBe('done');
    expect(getState()).toMatchObject({
      pair: 'gpt2-small',
      text: 'My prompt, typed on',
      shown: ['original', 'lnfree'],
      compare: ['original', 'lnfree'],
      target: [{ id: 673, piece: ' she' }],
    });
    expect(fake.calls.at(-1)?.request).toMatchObject({ pair: 'gpt2-small', text: 'My prompt, typed on' });
  });

  test('a new phase is told at once, bytes now and then', async () => {
    const { done, call } = await loading('gpt2-small');
    const hear = call?.request.onProgress;
    const bytes = { total: 100, unit: 'bytes', phase: 'downloading', arm: 'original' } as const;
    hear?.({ ...bytes, done: 1 });
    expect(models().job?.progress?.done).toBe(1);
    hear?.({ ...bytes, done: 2 });
    expect(models().job?.progress?.done).toBe(1);
    await expect.poll(() => models().job?.progress?.done).toBe(2);
    hear?.({ ...bytes, done: 3, phase: 'verifying' });
    expect(models().job?.progress?.phase).toBe('verifying');
    call?.finish();
    await done;
  });

  test('cancelling says so and can be taken up again; the page asks what it asked', async () => {
    const { done } = await loading('gpt2-small');
    cancelLoad();
    await done;
    expect(models().job).toMatchObject({ state: 'cancelled', error: null });
    expect(getState().pair).toBe('demo');
    const again = retryLoad();
    await settle();
    expect(fake.loads).toHaveLength(2);
    expect(models().job?.state).toBe('running');
    fake.loads[1]?.finish();
    await again;
    expect(getState().pair).toBe('gpt2-small');
  });

  test('a failure keeps its sentence until it is dismissed', async () => {
    const { done, call } = await loading('gpt2-small');
    dismissLoad();
    expect(models().job).not.toBeNull();
    call?.reject(new LoadError('The Hub answered 503. Try again later.'));
    await done;
    expect(models().job).toMatchObject({
      state: 'failed',
      error: { message: 'The Hub answered 503. Try again later.' },
    });
    expect(getState().notices).toEqual([]);
    dismissLoad();
    expect(models().job).toBeNull();
  });

  test('there is one load at a time', async () => {
    const { done, call } = await loading('gpt2-small');
    await lookAt('gpt2-xl');
    await startLoad();
    expect(fake.loads).toHaveLength(1);
    call?.finish();
    await done;
  });
});

describe('switching', () => {
  test('a pair that is not loaded is opened in the dialog, and nothing moves', async () => {
    await choosePair('gpt2-small');
    expect(models()).toMatchObject({ open: true, choice: { pair: 'gpt2-small' } });
    expect([getState().pair, fake.loads.length]).toEqual(['demo', 0]);
  });

  test('a loaded one is switched to without a word', async () => {
    const { done, call } = await loading('gpt2-small');
    call?.finish();
    await done;
    closeModels();
    await choosePair('demo');
    expect([getState().pair, models().open, fake.loads.length]).toEqual(['demo', false, 1]);
  });

  test('an arm that is not loaded is offered in the dialog', async () => {
    await openModels('gpt2-small');
    await toggleChoice('vanilla');
    const done = startLoad();
    await settle();
    fake.loads[0]?.finish();
    await done;
    closeModels();
    await toggleArm('vanilla');
    expect(models()).toMatchObject({ open: true, choice: { pair: 'gpt2-small' } });
    expect(getState().shown).toEqual(['original', 'lnfree']);
  });

  test('unloading the pair that is asked goes to another first', async () => {
    const { done, call } = await loading('gpt2-small');
    call?.finish();
    await done;
    await unloadPair('gpt2-small');
    expect(getState().pair).toBe('demo');
    expect(getState().pairs[1]?.arms.some((arm) => arm.loaded)).toBe(false);
  });
});

/** Holds a method of the engine back; returns the way to let its calls go, oldest first. */
function held(method: 'pairs' | 'budget' | 'tokenize' | 'remove' | 'unload'): () => void {
  const waiting: (() => void)[] = [];
  const call = fake.normless[method] as (...args: unknown[]) => Promise<unknown>;
  const later = async (...args: unknown[]) => {
    await new Promise<void>((go) => waiting.push(go));
    return call(...args);
  };
  Object.assign(fake.normless, { [method]: later });
  return () => waiting.shift()?.();
}

describe('while the engine takes its time', () => {
  /** Three pairs at hand, the demo asked. */
  beforeEach(async () => {
    for (const arm of fake.pairs.flatMap(({ arms }) => arms))
      Object.assign(arm, { loaded: true, dtype: 'f32' });
    await openModels('demo');
    closeModels();
  });

  test('of two pairs chosen the last stays, whichever is there first', async () => {
    const waiting: (() => void)[] = [];
    const { load } = fake.normless;
    fake.normless.load = async (request) => {
      await new Promise<void>((go) => waiting.push(go));
      return load(request);
    };
    const both = [choosePair('gpt2-small'), choosePair('gpt2-xl')];
    await settle();
    waiting[1]?.();
    await both[1];
    waiting[0]?.();
    await both[0];
    expect(getState().pair).toBe('gpt2-xl');
  });

  test('a target chosen while the pair is switched is kept', async () => {
    const go = held('tokenize');
    const switching = choosePair('gpt2-small');
    await settle();
    setState({ target: [{ id: 1, piece: ' ball' }], contrast: [] });
    for (let i = 0; i < 6; i++) {
      go();
      await settle();
    }
    await switching;
    expect(getState()).toMatchObject({ target: [{ id: 2613, piece: ' ball' }], contrast: [] });
  });

  test('a pair that a link made current meanwhile keeps what the link asks', async () => {
    const go = held('tokenize');
    const switching = choosePair('gpt2-small');
    await settle();
    const link = { pair: 'gpt2-small', shown: ['lnfree'], pinned: { layer: 3 } };
    setState(link);
    for (let i = 0; i < 6; i++) {
      go();
      await settle();
    }
    await switching;
    expect(getState()).toMatchObject(link);
  });

  test('what is clicked in the dialog that has just opened stays chosen', async () => {
    const go = held('pairs');
    const opened = openModels('gpt2-small');
    await lookAt('gpt2-xl');
    go();
    await opened;
    expect(models().choice.pair).toBe('gpt2-xl');
  });

  test('what one pair takes never stands under the name of another', async () => {
    const budget = held('budget');
    const pairs = held('pairs');
    const first = lookAt('gpt2-small');
    const opened = openModels('gpt2-xl');
    budget();
    await settle();
    budget();
    await first;
    expect(models().choice).toMatchObject({ pair: 'gpt2-xl', everyArm: null, arms: [] });
    pairs();
    for (let i = 0; i < 6; i++) {
      await settle();
      budget();
    }
    await opened;
    expect(models().choice).toMatchObject({ pair: 'gpt2-xl', everyArm: { pair: 'gpt2-xl' } });
  });

  test.each([
    ['unload', unloadPair],
    ['remove', removePair],
  ] as const)('%s: whoever looks at another pair meanwhile goes on with that', async (method, act) => {
    await lookAt('gpt2-small');
    const go = held(method);
    const done = act('gpt2-small');
    await settle();
    await lookAt('gpt2-xl');
    go();
    await done;
    expect(models().choice.pair).toBe('gpt2-xl');
  });
});

test('a load that is tried again at once can be cancelled, and hears nothing of the first', async () => {
  const { done, call } = await loading('gpt2-small');
  const go = held('pairs');
  call?.request.onProgress?.({ done: 7, total: 9, unit: 'bytes', phase: 'downloading' });
  call?.reject(new LoadError('The Hub answered 503.'));
  await settle();
  const again = retryLoad();
  go();
  await done;
  if (fake.loads.length < 2) void retryLoad();
  await settle();
  expect(models().job?.progress).toBeNull();
  cancelLoad();
  expect(fake.loads[1]?.request.signal?.aborted).toBe(true);
  go();
  await again;
});

describe('a pair without a tokenizer', () => {
  beforeEach(async () => {
    const small = fake.pairs[1];
    if (small) small.tokenizer = false;
    const { done, call } = await loading('gpt2-small');
    call?.finish();
    await done;
  });

  test('is asked with ids, never with text or BOS', async () => {
    expect(getState()).toMatchObject({ text: '0, 1, 2, 3', target: [], contrast: [] });
    expect(getState().slots['dla:component'].result).toBeNull();
    setText('464, #3290');
    await refresh();
    const request = fake.calls.at(-1)?.request;
    expect(request).toMatchObject({ tokens: [464, 3290] });
    expect(request).not.toHaveProperty('text');
    expect(request).not.toHaveProperty('prependBos');
  });

  test.each([
    ['464, dog', /“dog” is not a token id/],
    ['50257', /no token 50257.*50256/],
    ['-1', /not a token id/],
    ['', /no token ids/],
  ])('%j is refused beside the prompt', async (text, message) => {
    setText(text);
    await refresh();
    expect(getState().promptError).toMatch(message);
    expect(getState().notices).toEqual([]);
  });

  test('a target is one id', async () => {
    expect(await tokenize('464')).toEqual({ ids: [464], pieces: ['#464'] });
    await expect(tokenize('464 3290')).rejects.toMatchObject({ name: 'InputError' });
  });

  test('the texts come back with a pair that has one, and so do the ids', async () => {
    setState({ text: '464', target: [{ id: 7, piece: '#7' }] });
    await choosePair('demo');
    expect(getState()).toMatchObject({
      text: initialState().text,
      target: [{ id: 673, piece: ' she' }],
      contrast: [{ id: 339, piece: ' he' }],
    });
    await choosePair('gpt2-small');
    expect(getState()).toMatchObject({ text: '464', target: [{ id: 7 }] });
  });
});

describe('a pair of one’s own', () => {
  const file = new File(['{}'], 'config.json');

  test('says what is missing, each beside its field', async () => {
    setDraftArm(1, { from: 'hub', repo: 'gpt2' });
    setDraftArm(2, { id: 'original' });
    await submitDraft();
    expect(models().draft.errors).toEqual({
      title: expect.stringContaining('title'),
      'arm:1': expect.stringContaining('owner/name'),
      'arm:2': expect.stringContaining('another model called original'),
    });
    setDraftTitle('Mine');
    expect(models().draft.errors).not.toHaveProperty('title');
    expect(fake.added).toEqual([]);
  });

  test('is added from files and repositories, shown with its budget, and removed again', async () => {
    setDraftTitle(' My pair! ');
    setDraftArm(1, { files: [file] });
    setDraftArm(2, { from: 'hub', repo: ' me/mine ', revision: 'v1' });
    addDraftArm();
    removeDraftArm(3);
    await submitDraft();
    expect(fake.added).toMatchObject([
      {
        id: 'my-pair',
        title: 'My pair!',
        arms: { original: [file], lnfree: { repo: 'me/mine', revision: 'v1' } },
      },
    ]);
    expect(models()).toMatchObject({
      view: 'pairs',
      choice: { pair: 'my-pair', arms: ['original', 'lnfree'] },
      draft: { title: '', working: false },
    });
    await removePair('my-pair');
    expect(getState().pairs.some(({ id }) => id === 'my-pair')).toBe(false);
    expect(models().choice.pair).toBe('demo');
  });

  test('a refusal stands beside the model that was being read, and the form stays filled', async () => {
    setDraftTitle('Mine');
    setDraftArm(1, { files: [file] });
    setDraftArm(2, { id: 'refused', files: [file] });
    await submitDraft();
    expect(models().draft).toMatchObject({
      title: 'Mine',
      working: false,
      errors: { 'arm:2': 'This is not a GPT-2.' },
    });
  });

  test('the next arm takes the first usual name that is free', () => {
    addDraftArm();
    expect(models().draft.arms.map((arm) => arm.id)).toEqual(['original', 'lnfree', 'vanilla']);
  });
});

describe('what is kept', () => {
  test('stands under each repository that uses it', async () => {
    await showModelsView('storage');
    const groups = groupKept(models().kept.info?.files ?? []);
    expect(groups.map(({ repo, files }) => [repo, files.map(({ name }) => name)])).toEqual([
      ['somebody/one', ['model.safetensors', 'tokenizer.json']],
      ['somebody/two', ['model.safetensors', 'tokenizer.json']],
    ]);
    expect(groups[0]?.files[1]?.alsoUsedBy).toEqual(['somebody/two']);
  });

  test('a file that nothing is known to use has a place too', () => {
    const [group] = groupKept([{ id: 'f'.repeat(64), usedBy: [], stored: 1, size: 1, verified: true }]);
    expect(group).toMatchObject({ repo: '', files: [{ name: 'f'.repeat(12) }] });
  });

  test('is deleted, and kept on request', async () => {
    await showModelsView('storage');
    await deleteKept(['git-1']);
    expect(models().kept.info?.files).toHaveLength(2);
    await keepModels();
    expect(models().kept.info?.persisted).toBe(true);
  });

  test('a refusal is shown and what was known stays', async () => {
    await showModelsView('storage');
    fake.normless.deleteStored = () => Promise.reject(new LoadError('In use by a load.'));
    await deleteKept(['git-1']);
    expect(models().kept).toMatchObject({ working: false, error: { message: 'In use by a load.' } });
    expect(models().kept.info?.files).toHaveLength(3);
  });
});
