/** The commands do what they say, and only those are offered that would do something. */

import { beforeEach, expect, test } from 'vitest';
import { LESSONS } from '../../lessons/index.ts';
import { closeLessons, openLesson } from '../../lessons/progress.ts';
import { fakeNormless } from '../../state/fakeNormless.suite.ts';
import { initialState } from '../../state/initial.ts';
import { showModelsView } from '../../state/models/dialog.ts';
import { connect } from '../../state/session.ts';
import { getState, setState } from '../../state/store.ts';
import { closerPanels } from '../index.ts';
import { commandsFor } from './commands.ts';
import { matching } from './matching.ts';

beforeEach(async () => {
  setState(initialState(), true);
  const fake = fakeNormless();
  fake.answerAll();
  await connect(fake.normless, []);
});

const ids = () => commandsFor(getState()).map(({ id }) => id);

function run(id: string): void {
  const command = commandsFor(getState()).find((each) => each.id === id);
  if (!command) throw new Error(`There is no command ${id} now, only ${ids().join(', ')}.`);
  command.run();
}

test('every panel that looks closer, every lesson and every theme but the one in force is offered, each command once', () => {
  const offered = ids();
  expect(new Set(offered).size).toBe(offered.length);
  expect(offered).toEqual(expect.arrayContaining(closerPanels.map(({ id }) => `open:${id}`)));
  expect(offered.filter((id) => id.startsWith('lesson:'))).toHaveLength(LESSONS.length);
  expect(offered.filter((id) => id.startsWith('theme:'))).toEqual(['theme:light', 'theme:dark']);
});

test('what would do nothing is not offered', () => {
  for (const id of ['undo', 'redo', 'unpin', 'edits:clear', 'close']) expect(ids()).not.toContain(id);
  setState({ pinned: { layer: 0 }, open: 'norms', contrast: [] });
  expect(ids()).toEqual(expect.arrayContaining(['unpin', 'close']));
  expect(ids()).not.toContain('swap');
});

test.each([
  ['save as html', 'export:html'],
  ['export web page', 'export:html'],
  ['save as notebook', 'export:notebook'],
  ['export json', 'export:json'],
  ['citation', 'export:bibtex'],
  ['export safetensors', 'export:activations'],
  ['history of runs', 'history'],
])('“%s” finds %s first', (typed, id) => {
  expect(matching(commandsFor(getState()), typed)[0]?.id).toBe(id);
});

test('the way to the lesson is offered while one is open', () => {
  expect(ids()).not.toContain('lesson');
  openLesson('no lesson is called so');
  expect(ids()).not.toContain('lesson');
  openLesson('attention');
  expect(matching(commandsFor(getState()), 'go to the lesson')[0]?.id).toBe('lesson');
  closeLessons();
});

test('without an engine no models are offered', () => {
  const { engine } = getState();
  setState({ engine: { ...engine, phase: 'failed' } });
  expect(ids().filter((id) => /^(arm|compare|pair|load|add|storage)/.test(id))).toEqual([]);
});

test('they do what the buttons do', async () => {
  const { target, contrast } = getState();
  run('swap');
  expect(getState()).toMatchObject({ target: contrast, contrast: target });
  run('arm:vanilla');
  expect(getState().shown).toEqual(['original', 'vanilla', 'lnfree']);
  expect(commandsFor(getState()).find(({ id }) => id === 'arm:vanilla')?.title).toBe('Hide Vanilla FT');
  run('compare:original:vanilla');
  expect(getState().compare).toEqual(['original', 'vanilla']);
  run('bos');
  expect(getState().prependBos).toBe(false);
  setState({ open: 'norms' });
  run('close');
  expect(getState().open).toBeNull();
  run('edit');
  expect(getState().editForm).toBe(true);
  run('help');
  expect(getState().sheet).toBe('help');
  run('example:ball');
  await expect.poll(() => getState().text).toBe('Sam saw a big red ball. He wanted the');
  run('storage');
  await expect.poll(() => getState().models).toMatchObject({ open: true, view: 'storage' });
});

test('the part of the models dialog that a command opens is there at once, and stays what somebody chooses then', async () => {
  run('add');
  expect(getState().models).toMatchObject({ open: true, view: 'add' });
  void showModelsView('storage');
  await new Promise((resolve) => setTimeout(resolve));
  expect(getState().models.view).toBe('storage');
});
