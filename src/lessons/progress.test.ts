/** A lesson on an engine that takes its time: what a learner does meanwhile is not undone by what was begun before. */

import { beforeEach, expect, test } from 'vitest';
import { type FakeNormless, fakeNormless, later } from '../state/fakeNormless.suite.ts';
import { initialState } from '../state/initial.ts';
import { linkOf } from '../state/link.ts';
import { type Asker, connect } from '../state/session.ts';
import { getState, setState } from '../state/store.ts';
import { sumLesson } from './example.suite.ts';
import { LESSONS } from './index.ts';
import { begin, closeLessons, openLesson, useProgress } from './progress.ts';
import type { Lesson } from './types.ts';

const stats: Asker = () => [{ slot: 'token-stats', analysis: 'token-stats', parameters: {} }];
const settle = () => new Promise((resolve) => setTimeout(resolve));
const EDIT = { id: 1, edit: { kind: 'zero', site: 'blocks.0.hook_mlp_out' }, on: true, about: null } as const;

let fake: FakeNormless;
let entered: string[];
/** Its steps note that they are entered. */
const lesson: Lesson = {
  ...sumLesson,
  steps: sumLesson.steps.map((step, i) => ({ ...step, enter: async () => void entered.push(String(i)) })),
};

beforeEach(async () => {
  setState(initialState(), true);
  entered = [];
  fake = fakeNormless();
  fake.answerAll();
  await connect(fake.normless, [stats]);
  openLesson(lesson.id);
});

/** Holds a method of the engine back until told. */
function held(method: 'tokenize' | 'load'): () => void {
  const { promise: free, resolve: release } = later();
  const call = fake.normless[method] as (...args: unknown[]) => Promise<unknown>;
  Object.assign(fake.normless, { [method]: (...args: unknown[]) => free.then(() => call(...args)) });
  return release;
}

test('the page is made ready all at once', async () => {
  setState({ text: 'Mine', edits: [EDIT] });
  const release = held('tokenize');
  const begun = begin(lesson);
  await settle();
  expect(getState()).toMatchObject({ text: 'Mine', edits: [EDIT] });
  release();
  await begun;
  expect(getState()).toMatchObject({ text: lesson.example.text, edits: [] });
});

test.each(['tokenize', 'load'] as const)(
  'left while it waits to %s, it leaves the page as it is',
  async (method) => {
    setState({ text: 'Mine', edits: [EDIT], ...(method === 'load' && { pair: 'gpt2-small' }) });
    const release = held(method);
    const begun = begin(lesson);
    await settle();
    closeLessons();
    release();
    await begun;
    expect(getState()).toMatchObject({ text: 'Mine', edits: [EDIT] });
    expect(entered).toEqual([]);
  },
);

test('opened and begun again, it is not ready before the page is', async () => {
  const release = held('tokenize');
  const first = begin(lesson);
  openLesson(lesson.id);
  const again = held('tokenize');
  const second = begin(lesson);
  release();
  await first;
  expect(useProgress.getState().entering).toBe(true);
  again();
  await second;
  expect(useProgress.getState().entering).toBe(false);
  expect(entered).toEqual(['0']);
});

test.each(
  LESSONS.flatMap(({ id, steps }) =>
    steps.flatMap((step) => (step.enter ? [[id, step.id, step.enter] as const] : [])),
  ),
)(
  '%s, %s: all that the step sets up is there at once, and nothing comes over who leaves it then',
  async (_, __, enter) => {
    const { closer } = getState();
    const attention = { ...closer.attention, weighting: 'dla' as const };
    const neuronAblation = { ...closer.neuronAblation, amount: 2 };
    const patching = { ...closer.patching, site: 'z' as const };
    setState({ edits: [EDIT], pinned: { layer: 2 }, position: 3, open: 'writes', editForm: true });
    setState({ closer: { ...closer, attention, neuronAblation, patching } });
    const entering = enter();
    const [link, { editForm }] = [linkOf(getState()), getState()];
    await entering;
    expect(linkOf(getState())).toEqual(link);
    expect(getState().editForm).toBe(editForm);
  },
);
