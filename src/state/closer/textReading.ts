/** Reading a whole text: asked by a button, shown as it comes in, cut off with what there is; and going to a place in it. */

import type { CorpusPlace } from '../../analysis/types/index.ts';
import { documentsIn } from '../../base/documents.ts';
import { InputError, LoadError, toErrorRecord } from '../../base/errors.ts';
import { Latest } from '../../base/latest.ts';
import type { AnalysisRequest, Progress } from '../../engine/api.ts';
import { textOf } from '../generation.ts';
import { notify } from '../notices.ts';
import { currentPair, speaksIds, vocabularyOf } from '../selectors.ts';
import { connectedEngine, refresh } from '../session.ts';
import { getState, setState } from '../store.ts';
import { parseIds } from '../tokenIds.ts';
import type { WorkbenchState } from '../types.ts';
import { askedOtherwise } from '../vocabulary.ts';
import type { TextQuestion, TextSettings } from './text.ts';

/** Where the sample lies, beside the page. */
export const SAMPLE = 'texts/sample.txt';

/** Tokens fed at a time where nobody chose. */
const USUAL_WINDOW = 128;
/** What a dropped file may have: its documents are kept in the page. */
const MOST_BYTES = 64 * 2 ** 20;

let underWay: AbortController | null = null;

export function patchText(change: Partial<TextSettings>): void {
  setState(({ closer }) => ({ closer: { ...closer, text: { ...closer.text, ...change } } }));
}

const files = new Latest();

/** Takes a file's documents; what is wrong with it is said in the panel, and what was there stays. */
export async function takeFile(file: File): Promise<void> {
  const { source } = getState().closer.text;
  try {
    if (file.size > MOST_BYTES)
      throw new InputError(
        `${file.name} has more than ${MOST_BYTES / 2 ** 20} MiB. Cut it, or read it without a page: npm run corpus.`,
        { size: file.size },
      );
    const documents = await files.run(async () => documentsIn(file.name, await file.text()));
    if (!documents) return;
    const chosenSince = getState().closer.text.source !== source;
    patchText({
      ...(!chosenSince && { source: 'file' }),
      file: { name: file.name, documents },
      error: null,
    });
  } catch (error) {
    patchText({ error: toErrorRecord(error).message });
  }
}

/** The window as it will be: as chosen, where the model reads as far. */
export function windowOf(state: WorkbenchState): number {
  const most = contextOf(state) ?? USUAL_WINDOW;
  return Math.min(state.closer.text.window ?? USUAL_WINDOW, most);
}

/** How far the pair's models read; null until one has told. */
export function contextOf(state: WorkbenchState): number | null {
  return currentPair(state)?.arms.find(({ config }) => config)?.config?.nCtx ?? null;
}

export function questionOf({ closer: { text } }: WorkbenchState): TextQuestion {
  const { source, typed, file, window, overlap, prependBos, attribution } = text;
  return { source, typed, file, window, overlap, prependBos, attribution };
}

/** Whether the result answers the question as it stands, of every arm on show; more than is asked does no harm. */
export function textStands(state: WorkbenchState): boolean {
  const { asked } = state.closer.text;
  if (!asked || asked.pair !== state.pair || !state.shown.every((arm) => asked.arms.includes(arm)))
    return false;
  const now = questionOf(state);
  const { source } = now;
  const same = (name: keyof TextQuestion) => asked.question[name] === now[name];
  const own = source === 'typed' ? same('typed') : source === 'file' ? same('file') : true;
  const measured = asked.question.attribution || !now.attribution;
  return own && measured && (['source', 'window', 'overlap', 'prependBos'] as const).every(same);
}

/** Reads the text as it is chosen, on the arms on show. What was under way is cut off. */
export async function startReading(): Promise<void> {
  underWay?.abort();
  const controller = new AbortController();
  underWay = controller;
  const { signal } = controller;
  const state = getState();
  const arms = [...state.shown];
  const { pair } = state;
  patchText({
    asked: { pair, arms, question: questionOf(state) },
    reading: true,
    progress: null,
    result: null,
    error: null,
  });
  const whileWanted = (change: Partial<TextSettings>) => {
    if (!signal.aborted) patchText(change);
  };
  try {
    const request: AnalysisRequest<'corpus'> = {
      pair,
      arms,
      ...(await documentsOf(state, signal)),
      ...readingOf(state),
      signal,
      onProgress: (progress: Progress) => whileWanted({ progress }),
      onPartial: (result) => whileWanted({ result }),
    };
    const result = await connectedEngine().analyze('corpus', request);
    whileWanted({ result });
  } catch (error) {
    whileWanted({ error: toErrorRecord(error).message });
  } finally {
    if (underWay === controller) {
      underWay = null;
      patchText({ reading: false, progress: null });
    }
  }
}

/** Cuts the reading off; what was read stays, and says how much it is. */
export function stopReading(): void {
  underWay?.abort(new DOMException('stopped by the person', 'AbortError'));
}

/** Window, stride, BOS and extras as the engine takes them. */
function readingOf(
  state: WorkbenchState,
): Pick<AnalysisRequest<'corpus'>, 'window' | 'stride' | 'prependBos' | 'want'> {
  const { overlap, prependBos, attribution } = state.closer.text;
  const window = windowOf(state);
  const content = window - Number(prependBos);
  const stride = { none: content, half: Math.ceil(content / 2), most: Math.ceil(content / 8) }[overlap];
  return { window, stride, prependBos, want: attribution ? ['attribution'] : [] };
}

async function documentsOf(
  state: WorkbenchState,
  signal: AbortSignal,
): Promise<Pick<AnalysisRequest<'corpus'>, 'documents'>> {
  const { source, typed, file } = state.closer.text;
  if (source === 'typed' && speaksIds(state))
    return { documents: [parseIds(typed, vocabularyOf(currentPair(state)))] };
  if (source === 'typed') return { documents: documentsIn('the pasted text', typed) };
  if (source === 'file') return { documents: file?.documents ?? [] };
  const response = await fetch(new URL(SAMPLE, document.baseURI), { signal });
  if (!response.ok)
    throw new LoadError(`The sample text could not be fetched (${response.status}). Paste a text instead.`, {
      status: response.status,
    });
  return { documents: documentsIn(SAMPLE, await response.text()) };
}

/**
 * Makes a place of the text the question: all that was read before it becomes the prompt, its token the target, its
 * position the pinned one. Says so where the text of it becomes other tokens than were read.
 */
export async function openPlace(place: CorpusPlace): Promise<void> {
  const state = getState();
  const { asked } = state.closer.text;
  const { ids, pieces } = place.context;
  const prependBos = asked?.question.prependBos ?? false;
  const own = prependBos ? 1 : 0; // BOS is prepended to the prompt again
  const fed = [...ids.slice(own), place.id];
  const target = [{ id: place.id, piece: place.piece }];
  const change = { position: place.position, target, contrast: [] };
  if (speaksIds(state)) {
    setState({ text: [...ids, place.id].join(', '), prependBos: false, ...change });
    return refresh();
  }
  const text = textOf([...pieces.slice(own), place.piece].map((piece) => ({ piece })));
  const tokens = await connectedEngine().tokenize(text, { pair: state.pair });
  if (askedOtherwise(state)) return;
  if (tokens.ids.join() !== fed.join())
    notify(
      'info',
      'Not quite the same tokens',
      `The window began or ended inside a word or a character, so that as a prompt its text becomes ${tokens.ids.length} tokens instead of ${fed.length}: its numbers differ a little from the list’s.`,
    );
  const shift = tokens.ids.length - fed.length;
  setState({ text, prependBos, ...change, position: Math.max(0, place.position + shift) });
  return refresh();
}
