/** Texts and ids in the vocabulary of a pair: which of the two it speaks, and what a typed token is in it. */

import { InputError } from '../base/errors.ts';
import type { PairInfo, Tokens } from '../engine/api.ts';
import { notify } from './notices.ts';
import { currentPair, speaksIds, vocabularyOf } from './selectors.ts';
import { connectedEngine } from './session.ts';
import { getState } from './store.ts';
import { idPiece, parseIds } from './tokenIds.ts';
import type { Token, Words, WorkbenchState } from './types.ts';

/** Every model with a vocabulary has these. */
const FIRST_IDS = '0, 1, 2, 3';

/** The exact text's tokens: nothing trimmed, BOS never added. Without a tokenizer the text is one id. */
export async function tokenize(text: string): Promise<Tokens> {
  const state = getState();
  if (!speaksIds(state)) return connectedEngine().tokenize(text, { pair: state.pair });
  const ids = parseIds(text, vocabularyOf(currentPair(state)));
  if (ids.length > 1) {
    throw new InputError('That is more than one id. Take them one after the other; Shift+Enter adds one.', {
      ids,
    });
  }
  return { ids, pieces: ids.map(idPiece) };
}

/** The texts that are one token in the pair's vocabulary; each other one is left out with a word. */
export async function toTokens(texts: readonly string[], pair: string): Promise<Token[]> {
  const split = await Promise.all(texts.map((text) => connectedEngine().tokenize(text, { pair })));
  return split.flatMap(({ ids, pieces }, i) => {
    if (ids.length === 1) return [{ id: ids[0] as number, piece: pieces[0] as string }];
    notify(
      'info',
      'A token was left out',
      `“${texts[i]}” is ${ids.length} tokens in this model’s vocabulary.`,
    );
    return [];
  });
}

/**
 * The question as it is put to `next`: targets by their texts, ids where they exist there, and the kept question of
 * the other language where the two pairs do not speak the same. A prompt that stays is left out: it may be typed on.
 */
export async function wordsFor(next: PairInfo): Promise<Partial<Words> & { otherWords: Words | null }> {
  const before = getState();
  const { text, target, contrast, otherWords, ...state } = before;
  const takesIds = next.tokenizer === false;
  const stays = speaksIds(state) === takesIds;
  const words = stays ? { target, contrast } : (otherWords ?? withoutTokenizer());
  const vocabulary = vocabularyOf(next) ?? Number.POSITIVE_INFINITY;
  const resolve = (tokens: Token[]) =>
    takesIds
      ? tokens.filter(({ id }) => id < vocabulary)
      : toTokens(
          tokens.map((token) => token.piece),
          next.id,
        );
  const found = {
    ...words,
    target: await resolve(words.target),
    contrast: await resolve(words.contrast),
    otherWords: stays ? otherWords : { text, target, contrast },
  };
  return askedOtherwise(before) ? wordsFor(next) : found;
}

/** Whether the question is another by now, whose place nothing may take that was asked for before. */
export function askedOtherwise(before: WorkbenchState): boolean {
  const now = getState();
  return (['pair', 'text', 'target', 'contrast'] as const).some((part) => now[part] !== before[part]);
}

function withoutTokenizer(): Words {
  return { text: FIRST_IDS, target: [], contrast: [] };
}
