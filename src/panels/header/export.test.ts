/** What is exported is what is shown: the arms on show, both runs where edits are looked at, requests that can be asked again. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { Edit } from '../../engine/api.ts';
import { REGISTRY } from '../../engine/registry.ts';
import { fakeNormless } from '../../state/fakeNormless.suite.ts';
import { initialState } from '../../state/initial.ts';
import { connect } from '../../state/session.ts';
import { getState, patchSlot, setState } from '../../state/store.ts';
import type { SlotId } from '../../state/types.ts';
import { closerPanels, panels } from '../index.ts';
import { exportFile, fileStem, pictureLines } from './exportFiles.ts';
import { everythingShown } from './exportShown.ts';
import { snapshotOf } from './exportSnapshot.ts';

const PAGE = 'https://normless.example/app/';
const LINK = `${PAGE}#v1.a.b`;
const MAIN = ['token-stats', 'predictions', 'dla:component', 'dla:head'] as const;

beforeEach(() => setState(initialState(), true));

async function started() {
  const fake = fakeNormless();
  fake.answerAll();
  await connect(
    fake.normless,
    panels.map(({ asks }) => asks),
  );
  fake.calls.length = 0;
  return fake;
}

/** The page with one edit on and answered; the edited numbers are the unedited ones, named as edited. */
function withEdit(edit: Edit) {
  setState({ edits: [{ id: 1, edit, on: true, about: 'by hand' }] });
  const { slots } = getState();
  for (const slot of MAIN) {
    const result = { ...slots[slot].result, edits: [edit] } as never;
    patchSlot(`edited:${slot}` as SlotId, { result, key: 'k', from: 'live' });
  }
  setState({
    wanted: { ...getState().wanted, ...Object.fromEntries(MAIN.map((s) => [`edited:${s}`, 'k'])) },
  });
}

describe('the snapshot', () => {
  test('has the arms on show, their numbers and where their files are', async () => {
    await started();
    const made = snapshotOf(getState(), PAGE, LINK);
    const { slots } = getState();
    expect(made.arms.map(({ id }) => id)).toEqual(['original', 'lnfree']);
    expect(made.position).toBe(made.tokens.length - 1);
    const [run] = made.runs;
    expect(made.runs).toHaveLength(1);
    for (const arm of ['original', 'lnfree']) {
      expect(run?.predictions[arm]).toBe(slots.predictions.result?.arms[arm]);
      expect(run?.attribution?.head[arm]).toBe(slots['dla:head'].result?.arms[arm]);
    }
    expect(Object.keys(run?.tokenStats ?? {})).toEqual(['original', 'lnfree']);
    const bundled = REGISTRY[0]?.arms.find(({ id }) => id === 'lnfree')?.source;
    expect(made.arms[1]?.source).toBe(PAGE + (bundled as { bundled: string }).bundled);
  });

  test('of a repository names the very revision', async () => {
    await started();
    const repo = { name: 'owner/model', revision: 'abc', url: 'https://hub.example/owner/model' };
    setState(({ pairs }) => ({
      pairs: pairs.map((pair) => ({
        ...pair,
        arms: pair.arms.map((arm) => (pair.id === 'demo' ? { ...arm, repo } : arm)),
      })),
    }));
    const [arm] = snapshotOf(getState(), PAGE, LINK).arms;
    expect(arm?.source).toBe('https://hub.example/owner/model/resolve/abc');
    expect(arm?.repo).toEqual({ name: 'owner/model', revision: 'abc' });
  });

  test('has both runs where edits are looked at, and one where the models are seen as they are', async () => {
    await started();
    const edit: Edit = { kind: 'zero', site: 'L5.z', head: 3 };
    withEdit(edit);
    const made = snapshotOf(getState(), PAGE, LINK);
    expect(made.runs.map(({ name, edits }) => [name, edits])).toEqual([
      ['unedited', []],
      ['edited', [edit]],
    ]);
    expect(made.about).toEqual(['by hand']);
    setState({ editView: 'base' });
    expect(snapshotOf(getState(), PAGE, LINK).runs).toHaveLength(1);
  });

  test('is refused while an answer is on its way, edited ones as well', async () => {
    await started();
    withEdit({ kind: 'zero', site: 'L5.z', head: 3 });
    patchSlot('edited:dla:head', { result: null, working: true });
    expect(() => snapshotOf(getState(), PAGE, LINK)).toThrow(/not those of the question/);
    setState({ edits: [], wanted: { ...getState().wanted, predictions: 'another' } });
    expect(() => snapshotOf(getState(), PAGE, LINK)).toThrow(/not those of the question/);
  });

  test('without a target has no attribution', async () => {
    await started();
    setState({ target: [], contrast: [] });
    expect(snapshotOf(getState(), PAGE, LINK).runs[0]?.attribution).toBeNull();
  });
});

test('all data: every answer on show, with a request that asks for it again', async () => {
  const fake = await started();
  const { answers } = everythingShown(getState(), LINK);
  expect(Object.keys(answers).sort()).toEqual([...MAIN, 'confidence-neurons'].sort());
  for (const [slot, shown] of Object.entries(answers)) {
    const { result } = getState().slots[slot as SlotId];
    expect(shown?.result).toBe(result);
    expect(shown?.request).toMatchObject({ pair: 'demo', tokens: result?.tokens, engine: result?.engine });
    await fake.normless.analyze(shown?.analysis as 'dla', shown?.request as never);
  }
  expect(answers['dla:head']?.request).toMatchObject({ unit: 'head', target: [673], contrast: [339] });
  expect(fake.calls).toHaveLength(5);
  patchSlot('predictions', { key: 'of another question' });
  expect(everythingShown(getState(), LINK).answers.predictions).toBeUndefined();
});

test('all data has the open panel with what it keeps itself, whichever it is', async () => {
  await started();
  expect(everythingShown(getState(), LINK).panel).toBeNull();
  const kept = closerPanels.filter(({ id }) => id !== 'verify'); // its answer is a slot, and it has no settings
  expect(kept.length).toBeGreaterThan(5);
  for (const { id } of kept) {
    setState({ open: id });
    const { panel } = everythingShown(getState(), LINK);
    expect(panel?.id).toBe(id);
    expect(Object.values(getState().closer)).toContain(panel?.state);
  }
});

test('files are what they are called', async () => {
  await started();
  const file = (kind: Parameters<typeof exportFile>[0]) => exportFile(kind, getState(), PAGE);
  const made = await file('notebook');
  expect(made.name).toBe('normless-demo.ipynb');
  expect(JSON.parse(made.content)).toMatchObject({ nbformat: 4, nbformat_minor: 5 });
  expect((await file('html')).content).toMatch(/^<!doctype html>/);
  expect(JSON.parse((await file('json')).content).answers.predictions.result.pair).toBe('demo');
  expect((await file('bibtex')).content).toContain(`url     = {${PAGE}}`);
  for (const kind of ['notebook', 'html', 'json'] as const)
    expect((await file(kind)).content).toContain(`${PAGE}#v1.`);
  expect(fileStem('a/../<b> ç')).toBe('normless-a-..-b-');
});

test('the page that stands alone holds the open panel, and waits for one that is not there', async () => {
  await started();
  setState({ open: 'norms' });
  await expect(exportFile('html', getState(), PAGE)).rejects.toThrow('The panel that is open');
  const panel = { title: 'Norms', table: [['site'], ['L0.mlp_post']], picture: '<svg></svg>' };
  const asked: string[] = [];
  const { content } = await exportFile('html', getState(), PAGE, async (id) => {
    asked.push(id);
    return panel;
  });
  expect(asked).toEqual(['norms']);
  expect(content).toContain('<th scope="row">L0.mlp_post</th>');
});

test('pictures say below which models and which link they are of', async () => {
  await started();
  const [models, link] = await pictureLines(getState(), PAGE);
  expect(models).toMatch(/^Demo.*: Original.*, LN-free.*\. Normless 0\.0\.0-test/);
  expect(link).toMatch(/^https:\/\/normless\.example\/app\/#v1\./);
});
