/** Reading a text from the page: what is asked, what comes in, how it ends, and going to a place of it. */

import { beforeEach, describe, expect, test, vi } from 'vitest';
import { InputError } from '../../base/errors.ts';
import type { AnalysisRequest, AnalysisResult, Normless } from '../../engine/api.ts';
import { fakeNormless, later } from '../fakeNormless.suite.ts';
import { initialState } from '../initial.ts';
import { connect } from '../session.ts';
import { getState, setState } from '../store.ts';
import {
  openPlace,
  patchText,
  startReading,
  stopReading,
  takeFile,
  textStands,
  windowOf,
} from './textReading.ts';

interface Asked {
  request: AnalysisRequest<'corpus'>;
  finish: (result: AnalysisResult<'corpus'>) => void;
  reject: (error: Error) => void;
}

let asked: Asked[] = [];
let ids: (text: string) => number[] = () => [];

const text = () => getState().closer.text;
const reading = (windows: number) =>
  ({ coverage: { windows, complete: windows === 3 }, pair: 'demo', arms: {} }) as AnalysisResult<'corpus'>;

beforeEach(async () => {
  asked = [];
  setState(initialState(), true);
  const fake = fakeNormless();
  fake.answerAll();
  const analyze = (id: string, request: AnalysisRequest<'corpus'>) =>
    id === 'corpus'
      ? new Promise((finish, reject) => {
          request.signal?.addEventListener('abort', () => reject(request.signal?.reason as Error));
          asked.push({ request, finish, reject });
        })
      : (fake.normless.analyze as (...args: unknown[]) => unknown)(id, request);
  const tokenize = async (of: string) => ({ ids: ids(of), pieces: ids(of).map(String) });
  await connect({ ...fake.normless, analyze, tokenize } as unknown as Normless, []);
  patchText({ source: 'typed', typed: 'One\n<|endoftext|>\nTwo' });
});

/** Presses the button and waits until the engine has been asked. */
async function press(): Promise<{ ended: Promise<void>; last: Asked }> {
  const before = asked.length;
  const ended = startReading();
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(before));
  return { ended, last: asked.at(-1) as Asked };
}

describe('asking', () => {
  test('documents, windows and the arms on show; numbers as they come in, then the result', async () => {
    const { ended, last } = await press();
    expect(last.request).toMatchObject({
      pair: 'demo',
      arms: ['original', 'lnfree'],
      documents: ['One', 'Two'],
      window: 128,
      stride: 128,
      prependBos: false,
    });
    expect(text()).toMatchObject({ reading: true, result: null, error: null });
    last.request.onProgress?.({ done: 1, total: 3, unit: 'windows', phase: 'reading by original' });
    expect(text().progress?.done).toBe(1);
    last.request.onPartial?.(reading(2));
    expect(text().result?.coverage.windows).toBe(2);
    last.finish(reading(3));
    await ended;
    expect(text()).toMatchObject({ reading: false, progress: null });
    expect(text().result?.coverage.complete).toBe(true);
    expect(textStands(getState())).toBe(true);
  });

  test.each([
    ['none', false, 128],
    ['half', false, 64],
    ['most', true, 16],
    ['none', true, 127],
  ] as const)('overlap %s with BOS %s is a stride of %i', async (overlap, prependBos, stride) => {
    patchText({ overlap, prependBos });
    expect((await press()).last.request).toMatchObject({ window: 128, stride, prependBos });
  });

  test('attribution is asked where it is wanted, and stands when it is no longer', async () => {
    expect((await press()).last.request.want).toEqual([]);
    patchText({ attribution: true });
    const { ended, last } = await press();
    expect(last.request.want).toEqual(['attribution']);
    last.finish(reading(3));
    await ended;
    patchText({ attribution: false });
    expect(textStands(getState())).toBe(true);
  });

  test('a window beyond what the pair reads becomes all it reads', () => {
    patchText({ window: 1024 });
    expect(windowOf(getState())).toBe(256);
    patchText({ window: 32 });
    expect(windowOf(getState())).toBe(32);
  });
});

describe('ending', () => {
  test('cut off, what there is stays; what comes later is not shown', async () => {
    const { ended, last } = await press();
    last.request.onPartial?.(reading(1));
    stopReading();
    await ended;
    expect(text()).toMatchObject({ reading: false, error: null });
    last.request.onPartial?.(reading(2));
    expect(text().result?.coverage.windows).toBe(1);
  });

  test('an error is told in the panel; another press takes over', async () => {
    const first = await press();
    first.last.reject(new InputError('The text is empty: there is nothing to read.'));
    await first.ended;
    expect(text()).toMatchObject({ reading: false, error: 'The text is empty: there is nothing to read.' });
    const second = await press();
    const third = await press();
    await second.ended;
    expect(text()).toMatchObject({ reading: true, error: null });
    third.last.finish(reading(3));
    await third.ended;
    expect(text()).toMatchObject({ reading: false, result: { coverage: { windows: 3 } } });
  });

  test('another text, other windows or an arm that has not read make it outdated; where the text came from before does not', async () => {
    const { ended, last } = await press();
    last.finish(reading(3));
    await ended;
    patchText({ file: { name: 'a.txt', documents: ['a'] } });
    expect(textStands(getState())).toBe(true);
    for (const change of [
      { typed: 'Three' },
      { overlap: 'half' },
      { prependBos: true },
      { window: 64 },
      { source: 'file' },
    ] as const) {
      patchText(change);
      expect(textStands(getState()), JSON.stringify(change)).toBe(false);
      patchText({
        source: 'typed',
        typed: 'One\n<|endoftext|>\nTwo',
        overlap: 'none',
        prependBos: false,
        window: null,
      });
    }
    expect(textStands(getState())).toBe(true);
    patchText({ attribution: true });
    expect(textStands(getState())).toBe(false);
    patchText({ attribution: false });
    setState({ shown: ['original', 'vanilla'] });
    expect(textStands(getState())).toBe(false);
  });
});

describe('files', () => {
  test('documents are taken, with the choice of the file as the text; a bad file is told and changes nothing', async () => {
    await takeFile(new File(['["One", {"text": "Two"}]'], 'two.json'));
    expect(text()).toMatchObject({ source: 'file', file: { name: 'two.json', documents: ['One', 'Two'] } });
    await takeFile(new File(['{"text": "One"}'], 'one.json'));
    expect(text().file?.name).toBe('two.json');
    expect(text().error).toContain('one.json is no list of texts');
    expect((await press()).last.request.documents).toEqual(['One', 'Two']);
  });

  test('of two files the last one given is taken, and another text chosen meanwhile stays chosen', async () => {
    const { promise: slow, resolve: read } = later<string>();
    const large = Object.assign(new File([], 'large.txt'), { text: () => slow });
    const first = takeFile(large);
    await takeFile(new File(['Small.'], 'small.txt'));
    read('Large.');
    await first;
    expect(text().file?.name).toBe('small.txt');
    const again = takeFile(large);
    patchText({ source: 'typed' });
    await again;
    expect(text()).toMatchObject({ source: 'typed', file: { name: 'large.txt' } });
  });
});

describe('going to a place', () => {
  const PLACE = {
    window: 1,
    position: 2,
    index: 9,
    id: 30,
    piece: ' sat',
    context: { ids: [8191, 10, 20], pieces: ['<|endoftext|>', 'The', ' cat'] },
  };

  test('all that was read becomes the prompt, the token that came the target, its position the pinned one', async () => {
    ids = () => [8191, 10, 20, 30];
    await openPlace(PLACE);
    expect(getState()).toMatchObject({
      text: '<|endoftext|>The cat sat',
      prependBos: false,
      position: 2,
      target: [{ id: 30, piece: ' sat' }],
      contrast: [],
      notices: [],
    });
  });

  test('a BOS of the windows is that of the prompt', async () => {
    patchText({ prependBos: true });
    await press();
    ids = () => [10, 20, 30];
    await openPlace(PLACE);
    expect(getState()).toMatchObject({ text: 'The cat sat', prependBos: true, position: 2, notices: [] });
  });

  test('a prompt typed before the place is there stays', async () => {
    const opened = openPlace(PLACE);
    setState({ text: 'Typed' });
    await opened;
    expect(getState()).toMatchObject({ text: 'Typed', target: initialState().target, notices: [] });
  });

  test('where the text becomes other tokens, it says so and still pins the last prediction', async () => {
    ids = () => [8191, 10, 5, 15, 30];
    await openPlace(PLACE);
    expect(getState().position).toBe(3);
    expect(getState().notices[0]?.message).toContain('5 tokens instead of 4');
  });
});
