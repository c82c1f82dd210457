/** Edits and the session: the unedited results stay as they are, edited ones stand beside them, nothing is asked twice. */

import { beforeEach, describe, expect, test } from 'vitest';
import { InputError } from '../../base/errors.ts';
import type { Edit } from '../../engine/api.ts';
import { panels } from '../../panels/index.ts';
import { setText, togglePanel } from '../actions.ts';
import { fakeNormless } from '../fakeNormless.suite.ts';
import { initialState } from '../initial.ts';
import { connect, refresh } from '../session.ts';
import { getState, setState } from '../store.ts';
import {
  ablate,
  addEdit,
  clearEdits,
  moveEdit,
  openEffects,
  removeEdit,
  setEditView,
  toggleEdit,
} from './actions.ts';
import { effectsStand } from './effects.ts';
import { viewed, viewedBoth } from './viewed.ts';

const HEAD = { layer: 5, head: 3 };
const ZERO: Edit = { kind: 'zero', site: 'blocks.5.attn.hook_z', head: 3 };
const MLP: Edit = { kind: 'zero', site: 'blocks.3.hook_mlp_out' };

beforeEach(() => setState(initialState(), true));

/** The page with the opening question answered, at rest. */
async function started() {
  const fake = fakeNormless();
  fake.answerAll();
  await connect(
    fake.normless,
    panels.map((panel) => panel.asks),
  );
  const before = fake.calls.splice(0);
  return { ...fake, before };
}

const askedOf = (calls: Awaited<ReturnType<typeof started>>['calls']) => ({
  edited: calls.filter(({ request }) => request.edits).map(({ id }) => id),
  plain: calls.filter(({ request }) => !request.edits).map(({ id }) => id),
});

describe('asking', () => {
  test('an edit asks every main analysis again, edited; the unedited results stay the very same', async () => {
    const { calls } = await started();
    const base = getState().slots;
    await ablate(HEAD, 'zero');
    expect(new Set(askedOf(calls).edited)).toEqual(
      new Set(['token-stats', 'predictions', 'dla', 'confidence-neurons', 'edit-effects']),
    );
    expect(calls.find(({ request }) => request.edits)?.request.edits).toEqual([ZERO]);
    for (const slot of ['token-stats', 'predictions', 'dla:head', 'confidence-neurons'] as const)
      expect(getState().slots[slot]).toBe(base[slot]);
    await clearEdits();
    expect(viewed(getState(), 'dla:head').result).toBe(base['dla:head'].result);
  });

  test('without edits that are on, requests are what they were before there were edits', async () => {
    const { calls, before } = await started();
    await addEdit(ZERO);
    await toggleEdit(1);
    calls.length = 0;
    setText('Another prompt');
    await refresh();
    const bare = ({ request: { signal: _, text: __, onProgress: ___, ...rest } }: (typeof calls)[number]) =>
      rest;
    expect(calls.map(bare)).toEqual(before.map(bare));
    expect(calls.every(({ request }) => !('edits' in request))).toBe(true);
  });

  test('switching off and on, or back to an earlier order, asks nothing', async () => {
    const { calls } = await started();
    await addEdit(ZERO);
    await addEdit(MLP);
    await moveEdit(2, -1);
    calls.length = 0;
    await toggleEdit(1);
    expect(askedOf(calls).edited).not.toEqual([]); // MLP alone is new
    calls.length = 0;
    await toggleEdit(1);
    await moveEdit(2, 1);
    await toggleEdit(2);
    await toggleEdit(2);
    expect(askedOf(calls).edited).toEqual([]);
    expect(viewed(getState(), 'token-stats').view).toBe('edited');
  });

  test('edits go in their order, those that are off left out', async () => {
    const { calls } = await started();
    await addEdit(ZERO);
    await addEdit(MLP);
    await moveEdit(2, -1);
    expect(calls.at(-1)?.request.edits).toEqual([MLP, ZERO]);
    await removeEdit(2);
    expect(getState().edits.map(({ edit }) => edit)).toEqual([ZERO]);
  });

  test('both models score what either finds likeliest', async () => {
    const { calls } = await started();
    await addEdit(ZERO);
    const tops = Object.values(getState().slots.predictions.result?.arms ?? {}).flatMap(({ top }) =>
      top.map(({ id }) => id),
    );
    const scored = calls.filter(({ id }) => id === 'predictions').map(({ request }) => request);
    for (const request of scored)
      expect((request as { score?: number[] }).score).toEqual(expect.arrayContaining(tops));
    expect(scored.map(({ edits }) => Boolean(edits))).toEqual([true, false]);
  });
});

test('what each edit does is asked after the panels have their answers, and not while nobody looks', async () => {
  const { calls } = await started();
  await addEdit(ZERO);
  const ids = calls.map(({ id }) => id);
  expect(ids.indexOf('edit-effects')).toBeGreaterThan(ids.lastIndexOf('dla'));
  expect(effectsStand(getState())).toBe(true);
  await openEffects(false);
  calls.length = 0;
  await addEdit(MLP);
  expect(calls.map(({ id }) => id)).not.toContain('edit-effects');
  expect(effectsStand(getState())).toBe(false);
  await openEffects(true);
  expect(calls.find(({ id }) => id === 'edit-effects')?.request.edits).toEqual([ZERO, MLP]);
});

describe('what is shown', () => {
  test('base, edited or the difference, which is 0 where both are alike', async () => {
    await started();
    await addEdit(ZERO);
    expect(viewedBoth(getState(), 'predictions').view).toBe('edited');
    await setEditView('difference');
    const { result, view } = viewed(getState(), 'dla:head');
    expect(view).toBe('difference');
    // The fake engine answers edited requests with the unedited result.
    expect(result?.arms.original?.terms.every(({ value }) => value === 0)).toBe(true);
    expect(result?.arms.original?.sum).toBe(0);
    const stats = viewed(getState(), 'token-stats').result?.arms.original;
    expect([...(stats?.loss.data ?? [1])].every((value) => value === 0)).toBe(true);
    await setEditView('base');
    expect(viewed(getState(), 'dla:head').result).toBe(getState().slots['dla:head'].result);
  });

  test('a refused edit leaves on screen what was there, and tells nobody but the strip', async () => {
    const { normless, calls } = await started();
    const { analyze } = normless;
    await addEdit(ZERO);
    const shown = viewed(getState(), 'dla:head').result;
    normless.analyze = ((id, request) =>
      request.edits?.length === 2
        ? Promise.reject(new InputError('Edit 2: there is no such layer.'))
        : analyze(id, request)) as typeof analyze;
    await addEdit({ kind: 'zero', site: 'blocks.99.hook_mlp_out' });
    expect(viewed(getState(), 'dla:head')).toMatchObject({
      result: shown,
      view: 'edited',
      freshness: 'earlier',
    });
    expect(getState().slots['edited:token-stats'].error?.message).toContain('Edit 2');
    expect([getState().promptError, getState().notices]).toEqual([null, []]);
    calls.length = 0;
    await removeEdit(2);
    expect(calls).toEqual([]);
    expect(viewed(getState(), 'dla:head').freshness).toBe('live');
  });

  test('where the first edit is refused, the unedited numbers stay and are said to be so', async () => {
    const { normless } = await started();
    const { analyze } = normless;
    normless.analyze = ((id, request) =>
      request.edits ? Promise.reject(new InputError('Edit 1: no.')) : analyze(id, request)) as typeof analyze;
    await addEdit(ZERO);
    expect(viewed(getState(), 'dla:head')).toMatchObject({ view: 'base', failed: true, freshness: 'live' });
  });
});

test('a panel that looks closer is asked with the edits, unless the base is looked at', async () => {
  const { calls } = await started();
  await addEdit(ZERO);
  await setEditView('base');
  calls.length = 0;
  const asked = () => calls.splice(0).map(({ id, request }) => [id, Boolean(request.edits)]);
  void togglePanel('attention').catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve));
  expect(asked()).toEqual([['attention', false]]);
  void setEditView('edited').catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve));
  expect(asked()).toEqual([['attention', true]]);
});
