/** What two prompts must be to be patched into each other, and what a map of them may be divided by. */

import { InputError } from '../base/errors.ts';

/** Below this a difference of the prompts' metrics is too small to divide by. */
const SMALL_DIFFERENCE = 1e-3;

/**
 * `piece` is how a token is written in messages.
 * @throws InputError for two prompts that cannot be compared position by position, or that are the same.
 */
export function checkPair(
  clean: readonly number[],
  corrupted: readonly number[],
  piece: (id: number) => string = (id) => `#${id}`,
): void {
  const shorter = Math.min(clean.length, corrupted.length);
  const parts = clean.findIndex((id, position) => id !== corrupted[position]);
  const parting = parts < 0 ? shorter : parts;
  if (clean.length !== corrupted.length) {
    const named = (ids: readonly number[]) =>
      parting < ids.length ? `'${piece(ids[parting] as number)}'` : 'its end';
    throw new InputError(
      `The clean prompt has ${clean.length} tokens and the corrupted one ${corrupted.length}: patching replaces position by position, so they must be equally long. They part at position ${parting}, where the clean one has ${named(clean)} and the corrupted one ${named(corrupted)}.`,
      { clean: clean.length, corrupted: corrupted.length, parts: parting },
    );
  }
  if (parts < 0)
    throw new InputError(
      'The clean and the corrupted prompt are the same, so patching would change nothing. Change a word of one.',
      { tokens: clean.length },
    );
}

/** What a map is divided by. The sign stays: a metric that the corruption raises gives a negative divisor. */
export function normaliser(
  normalise: boolean,
  cleanMetric: number,
  corruptedMetric: number,
): { dividedBy: number; warning: string | null } {
  const difference = cleanMetric - corruptedMetric;
  if (!normalise || Math.abs(difference) >= SMALL_DIFFERENCE)
    return { dividedBy: normalise ? difference : 1, warning: null };
  const small = `The metric differs by only ${difference.toExponential(1)} between the two prompts`;
  if (difference === 0) return { dividedBy: 1, warning: `${small}: the map is not normalised.` };
  return { dividedBy: difference, warning: `${small}: divided by it, rounding errors look like effects.` };
}
