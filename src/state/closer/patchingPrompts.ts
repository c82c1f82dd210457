/** The two prompts of the patching panel: typed, swapped or taken from the page, split into tokens and laid side by side. */

import { toErrorRecord } from '../../base/errors.ts';
import { currentPair, speaksIds, vocabularyOf } from '../selectors.ts';
import { connectedEngine } from '../session.ts';
import { getState, setState } from '../store.ts';
import { idPiece, parseIds } from '../tokenIds.ts';
import type { Token, WorkbenchState } from '../types.ts';
import { toTokens } from '../vocabulary.ts';
import { type PatchingSettings, PROMPT_SIDES, type PromptSide, type SplitPrompt } from './patching.ts';

export type TokenSide = 'target' | 'contrast';

/** How GPT-2 writes the token that opens a text. */
const BOS_PIECE = '<|endoftext|>';

export function patchPatching(change: Partial<PatchingSettings>): void {
  setState(({ closer }) => ({ closer: { ...closer, patching: { ...closer.patching, ...change } } }));
}

/** Takes a prompt exactly as typed. */
export function setPatchingText(side: PromptSide, text: string): void {
  patchPatching({ [side]: text });
}

/** Takes the prompt at the top of the page, and as the clean one its target and contrast too. */
export function takePagePrompt(side: PromptSide): void {
  const { text, target, contrast, pair } = getState();
  const words = side === 'clean' && target.length > 0 ? { target, contrast, wordsOf: pair } : {};
  patchPatching({ [side]: text, ...words });
}

/** Exchanges the prompts, and with them what is said of each: its answer. */
export function swapPrompts(): void {
  const { clean, corrupted, target, contrast } = getState().closer.patching;
  const words = contrast.length > 0 ? { target: contrast, contrast: target } : {};
  patchPatching({ clean: corrupted, corrupted: clean, ...words });
}

export function chooseWord(side: TokenSide, token: Token): void {
  patchPatching({ [side]: [token] });
}

export function addWord(side: TokenSide, token: Token): void {
  const others = getState().closer.patching[side].filter(({ id }) => id !== token.id);
  patchPatching({ [side]: [...others, token] });
}

export function removeWord(side: TokenSide, id: number): void {
  patchPatching({ [side]: getState().closer.patching[side].filter((token) => token.id !== id) });
}

/** What decides how the prompts are split. */
export function splitKey(state: WorkbenchState): string {
  const { clean, corrupted } = state.closer.patching;
  return JSON.stringify([state.pair, speaksIds(state), state.prependBos, bosOf(state), clean, corrupted]);
}

/** Splits both prompts as they stand, and finds target and contrast again where the pair is another. */
export async function splitPrompts(): Promise<void> {
  const state = getState();
  const key = splitKey(state);
  if (state.closer.patching.split?.key === key) return;
  const [clean, corrupted] = await Promise.all(
    PROMPT_SIDES.map((side) => split(state, state.closer.patching[side])),
  );
  if (!clean || !corrupted || splitKey(getState()) !== key) return; // typed on meanwhile
  patchPatching({ split: { key, clean, corrupted } });
  await findWords();
}

async function split(state: WorkbenchState, text: string): Promise<SplitPrompt> {
  try {
    if (speaksIds(state)) {
      const ids = parseIds(text, vocabularyOf(currentPair(state)));
      return { tokens: ids.map((id) => ({ id, piece: idPiece(id) })), error: null };
    }
    const { ids, pieces } = await connectedEngine().tokenize(text, { pair: state.pair });
    const own = ids.map((id, i) => ({ id, piece: pieces[i] ?? '' }));
    const bos = state.prependBos ? bosOf(state) : null;
    const tokens = bos === null ? own : [{ id: bos, piece: BOS_PIECE }, ...own];
    const error = tokens.length === 0 ? 'This prompt is empty. Type a text.' : null;
    return { tokens, error };
  } catch (error) {
    return { tokens: [], error: toErrorRecord(error).message };
  }
}

async function findWords(): Promise<void> {
  const { pair, closer } = getState();
  const { wordsOf, target, contrast } = closer.patching;
  if (wordsOf === pair || speaksIds(getState())) return;
  patchPatching({ wordsOf: pair });
  const find = (tokens: readonly Token[]) =>
    toTokens(
      tokens.map(({ piece }) => piece),
      pair,
    );
  const found = { target: await find(target), contrast: await find(contrast) };
  const { patching } = getState().closer;
  if (patching.wordsOf !== pair) return; // looked for in another pair by now
  patchPatching({
    ...(patching.target === target && { target: found.target }), // else one was chosen meanwhile
    ...(patching.contrast === contrast && { contrast: found.contrast }),
  });
}

/** The id that opens a text in the current pair; null where there is none or none is known yet. */
function bosOf(state: WorkbenchState): number | null {
  return currentPair(state)?.arms.find(({ config }) => config)?.config?.bosTokenId ?? null;
}

/** Two prompts position by position. */
export interface Alignment {
  clean: readonly Token[];
  corrupted: readonly Token[];
  /** Where both have a token and they are not the same. */
  differs: ReadonlySet<number>;
  /** The first position at which they are not the same, or one of them has ended; null where they are the same. */
  parts: number | null;
}

export function alignmentOf(clean: readonly Token[], corrupted: readonly Token[]): Alignment {
  const both = Math.min(clean.length, corrupted.length);
  const positions = Array.from({ length: both }, (_, p) => p);
  const differs = new Set(positions.filter((p) => clean[p]?.id !== corrupted[p]?.id));
  const [first] = differs;
  const ended = clean.length === corrupted.length ? null : both;
  return { clean, corrupted, differs, parts: first ?? ended };
}
