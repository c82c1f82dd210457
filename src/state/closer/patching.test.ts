/** The patching panel's questions: two prompts side by side, what is asked of the engine, what comes in, how it ends. */

import { beforeEach, describe, expect, test } from 'vitest';
import { InputError } from '../../base/errors.ts';
import type { AnalysisRequest, Normless } from '../../engine/api.ts';
import { gpt2Config } from '../../tensor/params.ts';
import { fakeNormless } from '../fakeNormless.suite.ts';
import { initialState } from '../initial.ts';
import { connect } from '../session.ts';
import { getState, setState, useWorkbench } from '../store.ts';
import type { SweepResult } from './patching.ts';
import { cellEdit, keepAsEdit, startPatchedRun, toggleCell } from './patchingCell.ts';
import { estimateFailure, pairsIn, startEstimate, whyNotEstimated } from './patchingEstimate.ts';
import {
  alignmentOf,
  chooseWord,
  patchPatching,
  removeWord,
  setPatchingText,
  splitPrompts,
  swapPrompts,
  takePagePrompt,
} from './patchingPrompts.ts';
import { granularitiesOf, questionOf, setSite, startSweep, sweepOf, whyNotPatched } from './patchingRuns.ts';
import { newestOf, stopWork } from './patchingWork.ts';

interface Asked {
  id: string;
  request: AnalysisRequest<'predictions'> & { onPartial: (result: SweepResult) => void } & Record<
      string,
      unknown
    >;
  finish: (result: unknown) => void;
  reject: (error: Error) => void;
}

let asked: Asked[] = [];
let drawn: unknown[] = [];
const patching = () => getState().closer.patching;
const settle = () => new Promise((done) => setTimeout(done));
/** As much of a result as the page looks at. */
const result = { pair: 'demo', engine: 'wgsl', arms: {} } as unknown as SweepResult;
/** A token a word. */
const idOf = (word: string) => [...word].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);

beforeEach(async () => {
  asked = [];
  drawn = [];
  setState(initialState(), true);
  const fake = fakeNormless();
  fake.answerAll();
  const config = gpt2Config({ nLayers: 6, nHeads: 4, dModel: 128, nCtx: 256, dVocab: 8192 });
  for (const pair of fake.pairs)
    pair.arms = pair.arms.map((arm) => ({ ...arm, config: { ...config, bosTokenId: 5 } }));
  const tokenize = async (text: string) => {
    const pieces = text.match(/ ?\S+/g) ?? [];
    return { ids: pieces.map(idOf), pieces };
  };
  const analyze = (id: string, request: Asked['request']) =>
    new Promise((finish, reject) => {
      request.signal?.addEventListener('abort', () => reject(request.signal?.reason as Error));
      asked.push({ id, request, finish, reject });
    });
  const ioi: Normless['ioi'] = async (request) => {
    drawn.push(request);
    return [{ clean: { text: 'X' }, corrupted: { text: 'Y' }, target: ' Mary', contrast: ' John' }];
  };
  await connect({ ...fake.normless, tokenize, ioi, analyze: analyze as Normless['analyze'] }, []);
  setPatchingText('clean', 'a girl came');
  setPatchingText('corrupted', 'a boy came');
  await splitPrompts();
});

describe('two prompts', () => {
  test('are split with the page’s BOS, and marked where they differ', () => {
    const { clean, corrupted } = patching().split ?? {};
    expect(clean?.tokens.map(({ piece }) => piece)).toEqual(['<|endoftext|>', 'a', ' girl', ' came']);
    const { differs, parts } = alignmentOf(clean?.tokens ?? [], corrupted?.tokens ?? []);
    expect([[...differs], parts]).toEqual([[2], 2]);
    expect(questionOf(getState())?.clean.tokens).toEqual([5, idOf('a'), idOf(' girl'), idOf(' came')]);
  });

  test.each([
    ['a tall boy came', /clean prompt has 4 tokens, the corrupted one 5; they part at position 2/],
    ['a girl came in', /has 4 tokens, the corrupted one 5; they part at position 4/],
    ['a girl came', /Both prompts are the same/],
  ])('of which the other is “%s” are not patched, and it is said why', async (corrupted, why) => {
    setPatchingText('corrupted', corrupted);
    expect(questionOf(getState())).toBeNull(); // until it is known how it splits
    await splitPrompts();
    expect(whyNotPatched(getState())).toMatch(why);
    expect(questionOf(getState())).toBeNull();
  });

  test('an empty one, and no target, are said', async () => {
    setState({ prependBos: false });
    setPatchingText('clean', '');
    await splitPrompts();
    expect(whyNotPatched(getState())).toMatch(/^The clean prompt: This prompt is empty/);
    setPatchingText('clean', 'a girl came');
    await splitPrompts();
    removeWord('target', 673);
    expect(whyNotPatched(getState())).toMatch(/Choose a target/);
  });

  test('change places together with target and contrast', () => {
    swapPrompts();
    expect(patching()).toMatchObject({
      clean: 'a boy came',
      corrupted: 'a girl came',
      target: [{ piece: ' he' }],
      contrast: [{ piece: ' she' }],
    });
  });

  test('are taken from the page, the clean one with its words', () => {
    setState({ text: 'the page', target: [{ id: 1, piece: ' x' }], contrast: [] });
    takePagePrompt('corrupted');
    expect(patching()).toMatchObject({ corrupted: 'the page', target: [{ id: 673 }] });
    takePagePrompt('clean');
    expect(patching()).toMatchObject({ clean: 'the page', target: [{ id: 1 }], contrast: [] });
  });
});

describe('the map', () => {
  test('is asked as it is chosen, comes in by parts, and stays when other words are asked', async () => {
    setSite('z');
    const done = startSweep();
    expect(asked[0]).toMatchObject({
      id: 'activation-patching',
      request: { site: 'z', granularity: 'head', direction: 'denoising', target: [673], contrast: [339] },
    });
    asked[0]?.request.onPartial(result);
    expect(sweepOf(getState())).toMatchObject({
      whole: false,
      pieces: ['<|endoftext|>', 'a', ' girl/ boy', ' came'],
    });
    asked[0]?.finish(result);
    await done;
    expect(sweepOf(getState())?.whole).toBe(true);
    chooseWord('target', { id: 7, piece: ' they' });
    expect(sweepOf(getState())).toBeNull();
    expect(newestOf(patching().sweep, 'demo')?.whole).toBe(true);
    chooseWord('target', { id: 673, piece: ' she' });
    expect(sweepOf(getState())?.whole).toBe(true); // kept: nothing is asked again
    expect(asked).toHaveLength(1);
  });

  test('is not the answer for an arm that it lacks', async () => {
    const done = startSweep();
    asked[0]?.finish(result);
    await done;
    setState({ shown: ['original', 'vanilla'] });
    expect(sweepOf(getState())).toBeNull();
  });

  test('cancelled keeps what came in; a failure says why', async () => {
    const done = startSweep();
    asked[0]?.request.onPartial(result);
    stopWork('sweep');
    await done;
    expect(patching().sweep).toMatchObject({ asked: null, failed: null });
    expect(sweepOf(getState())?.whole).toBe(false);
    const again = startSweep();
    asked[1]?.reject(new InputError('Not like this.'));
    await again;
    expect(patching().sweep).toMatchObject({ asked: null, failed: { message: 'Not like this.' } });
  });

  test('asked anew stops the one before', async () => {
    const first = startSweep();
    const second = startSweep();
    expect(asked[0]?.request.signal?.aborted).toBe(true);
    asked[1]?.finish(result);
    await Promise.all([first, second]);
    expect(patching().sweep).toMatchObject({ asked: null, failed: null });
  });

  test('every site has a granularity, and changing it keeps one that goes with it', () => {
    setSite('z');
    patchPatching({ granularity: 'head-position' });
    setSite('q');
    expect(patching().granularity).toBe('head-position');
    setSite('mlp_out');
    expect(patching().granularity).toBe('position');
    expect(granularitiesOf('mlp_post')).toContain('neuron-topk');
  });
});

describe('one cell', () => {
  test('is an edit on the run that is patched, from the other prompt', () => {
    const question = questionOf(getState());
    if (!question) throw new Error('nothing is asked');
    const cell = { layer: 2, position: 1 };
    const { clean, corrupted } = question;
    expect(cellEdit(question, cell)).toEqual({
      tokens: corrupted.tokens,
      edit: { kind: 'from-run', site: 'L2.resid_post', position: 1, source: clean },
    });
    expect(cellEdit({ ...question, direction: 'noising' }, cell)).toEqual({
      tokens: clean.tokens,
      edit: { kind: 'from-run', site: 'L2.resid_post', position: 1, source: corrupted },
    });
  });

  test('is run with the patch and both prompts without, target and contrast scored', async () => {
    toggleCell({ layer: 2, position: 1 });
    const done = startPatchedRun();
    for (let i = 0; i < 3; i++) {
      asked[i]?.finish({ arms: {}, nth: i });
      await settle();
    }
    await done;
    expect(asked.map(({ request }) => request.edits?.length ?? 0)).toEqual([0, 0, 1]);
    expect(asked[2]?.request).toMatchObject({ score: [673, 339], engine: 'wgsl' });
    expect(patching().patchedRun.kept[0]?.result).toMatchObject({ clean: { nth: 0 }, patched: { nth: 2 } });
    toggleCell({ layer: 2, position: 1 });
    expect(patching().cell).toBeNull();
  });
});

test('a patch is kept as an edit of the page, which then asks about the prompt that is patched', async () => {
  patchPatching({ direction: 'noising' });
  toggleCell({ layer: 2, position: 1 });
  void keepAsEdit();
  expect(getState()).toMatchObject({
    text: 'a girl came',
    edits: [
      {
        on: true,
        edit: { site: 'L2.resid_post', position: 1, source: { text: 'a boy came', prependBos: true } },
      },
    ],
  });
});

describe('words found again in another pair', () => {
  /** Lets each tokenization go when told, by pair. */
  async function slowPairs() {
    const waiting: { pair: string | undefined; go: () => void }[] = [];
    const { normless } = fakeNormless();
    const tokenize: Normless['tokenize'] = async (text, { pair } = {}) => {
      await new Promise<void>((go) => waiting.push({ pair, go }));
      const found = text.match(/ ?\S+/g) ?? [];
      return { ids: found.map((word) => idOf(word) + (pair === 'demo' ? 0 : 1000)), pieces: found };
    };
    await connect({ ...normless, tokenize }, []);
    return async (pair: string, times = 6) => {
      for (let i = 0; i < times; i++) {
        for (const call of waiting.filter((each) => each.pair === pair)) call.go();
        await settle();
      }
    };
  }

  test('are those of the pair that is asked, whichever answers first', async () => {
    const go = await slowPairs();
    setState({ pair: 'gpt2-small' });
    const away = splitPrompts();
    await settle();
    await go('gpt2-small', 1); // its prompts are split, its words do not come
    setState({ pair: 'demo' });
    const back = splitPrompts();
    await go('demo');
    await back;
    await go('gpt2-small');
    await away;
    expect(patching()).toMatchObject({ wordsOf: 'demo', target: [{ id: idOf(' she') }] });
  });

  test('do not replace a word that is chosen meanwhile', async () => {
    const go = await slowPairs();
    setState({ pair: 'gpt2-small' });
    const split = splitPrompts();
    let chosen = false;
    const stop = useWorkbench.subscribe(({ closer }) => {
      if (chosen || closer.patching.wordsOf !== 'gpt2-small') return;
      chosen = true;
      queueMicrotask(() => chooseWord('target', { id: 5, piece: ' x' }));
    });
    await go('gpt2-small');
    await split;
    stop();
    expect(chosen).toBe(true);
    expect(patching().target).toEqual([{ id: 5, piece: ' x' }]);
  });
});

describe('pairs of one’s own', () => {
  const words = { target: [1], contrast: [2] };

  test('are a line each, spaces as they are; what is left out is taken from the fields', () => {
    expect(pairsIn('A girl.|A boy.| she| he\n\nX|Y\n', words)).toEqual([
      { clean: { text: 'A girl.' }, corrupted: { text: 'A boy.' }, target: ' she', contrast: ' he' },
      { clean: { text: 'X' }, corrupted: { text: 'Y' }, target: [1], contrast: [2] },
    ]);
    expect(pairsIn('X|Y| she', words)[0]).not.toHaveProperty('contrast');
  });

  test.each([
    ['X', /Line 1 is no pair/],
    ['X|Y\nX|Y|a|b|c', /Line 2 is no pair/],
    ['X|Y|', /Line 1/],
    ['\n', /There are no pairs/],
  ])('%j is refused with the line', (typed, why) => {
    expect(() => pairsIn(typed, words)).toThrow(why);
  });

  test('are asked together; a line that is none is told beside them', async () => {
    patchPatching({ over: 'typed' });
    expect(whyNotEstimated(getState())).toMatch(/Type the pairs/);
    patchPatching({ typedPairs: 'X|Y' });
    const done = startEstimate();
    await settle();
    expect(asked[0]).toMatchObject({
      id: 'attribution-patching',
      request: {
        pairs: [{ clean: { text: 'X' }, corrupted: { text: 'Y' } }],
        normalise: true,
        prependBos: true,
      },
    });
    asked[0]?.finish(result);
    await done;
    expect(patching().estimate.kept[0]).toMatchObject({ normalise: true, pieces: [] });
    patchPatching({ typedPairs: 'X' });
    await startEstimate();
    expect(estimateFailure(getState())).toMatch(/Line 1/);
    patchPatching({ typedPairs: 'X|Z' });
    expect(estimateFailure(getState())).toBeNull(); // that was another question
  });
});

describe('a seeded set', () => {
  test('is drawn as typed, and asked as pairs', async () => {
    patchPatching({ over: 'ioi', ioiCount: '4', ioiSeed: '7' });
    const done = startEstimate();
    await settle();
    expect(drawn).toEqual([{ pair: 'demo', count: 4, seed: 7 }]);
    expect(asked[0]?.request).toMatchObject({ pairs: [{ target: ' Mary' }] });
    asked[0]?.finish(result);
    await done;
  });

  test.each([
    [{ ioiCount: '' }, /from 1 to 480/],
    [{ ioiCount: '481' }, /from 1 to 480/],
    [{ ioiSeed: '1.5' }, /whole number from 0/],
  ])('%j is no set', (change, why) => {
    patchPatching({ over: 'ioi', ...change });
    expect(whyNotEstimated(getState())).toMatch(why);
  });
});
