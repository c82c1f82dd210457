/** A text made to come twice. */

import { InputError } from '../base/errors.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { checkCount } from './armRun.ts';
import type { RepeatedText } from './types/index.ts';

/** Two different tokens after the first: with one alone, "the token after its last coming" would be the token itself. */
export const LEAST_TOKENS = 3;

/**
 * The first tokens of a prompt, at most `length`, and once more those from 1 on: token 0 (as a rule BOS) stands once
 * (SCIENCE §6: of 100 tokens 199). Fewer where 2·tokens − 1 would not fit the context.
 * @throws InputError on a prompt of fewer than 3 tokens, a `length` below that, and a context too short for 5.
 */
export function readTwice(
  prompt: readonly number[],
  length: number,
  { nCtx }: Pick<ModelConfig, 'nCtx'>,
): Omit<RepeatedText, 'pieces'> {
  checkCount('length', length, LEAST_TOKENS, Number.MAX_SAFE_INTEGER);
  if (prompt.length < LEAST_TOKENS)
    throw new InputError(
      `A text of ${prompt.length === 1 ? 'one token' : `${prompt.length} tokens`} has nothing to find again: token 0 is read once, and at least two are needed after it. Give a longer text.`,
      { tokens: prompt, least: LEAST_TOKENS },
    );
  const fits = Math.floor((nCtx + 1) / 2);
  if (fits < LEAST_TOKENS)
    throw new InputError(
      `This model reads ${nCtx} tokens at most, too few to read a text twice: that takes ${2 * LEAST_TOKENS - 1}.`,
      { nCtx },
    );
  const read = Math.min(prompt.length, length, fits);
  const first = prompt.slice(0, read);
  return {
    tokens: [...first, ...first.slice(1)],
    second: read,
    period: read - 1,
    of: prompt.length,
    cut: read === prompt.length ? null : read === length ? 'length' : 'context',
  };
}
