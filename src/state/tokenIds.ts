/** Prompts of pairs without a tokenizer: token ids, as a person types them. */

import { InputError } from '../base/errors.ts';

/** How an id is drawn where there is no text for it; the engine's pieces look the same. */
export function idPiece(id: number): string {
  return `#${id}`;
}

/**
 * Ids separated by commas, spaces or both; `#464` is as good as `464`, brackets around a list are passed over.
 * InputError for what is not an id, or is beyond the vocabulary where that is known.
 */
export function parseIds(text: string, vocabulary: number | null): number[] {
  const words = text.replace(/^\s*\[|\]\s*$/g, '').match(/[^\s,;]+/g) ?? [];
  if (words.length === 0) {
    throw new InputError('There are no token ids to run. Type some, for example 464, 3290.', { text });
  }
  return words.map((word) => {
    if (!/^#?\d{1,9}$/.test(word)) {
      throw new InputError(
        `“${shorten(word)}” is not a token id. These models have no tokenizer, so the prompt is whole numbers such as 464, 3290.`,
        { word },
      );
    }
    const id = Number(word.replace('#', ''));
    if (vocabulary !== null && id >= vocabulary) {
      throw new InputError(
        `There is no token ${id}: the vocabulary of these models ends at ${vocabulary - 1}. Choose a smaller id.`,
        { id, vocabulary },
      );
    }
    return id;
  });
}

function shorten(word: string): string {
  return word.length > 24 ? `${word.slice(0, 24)}…` : word;
}
