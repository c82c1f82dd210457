/** From the filled form to an edit: fetches the direction or names the prompt that it needs, and says what its numbers are. */

import { InputError } from '../../base/errors.ts';
import type { Edit } from '../../engine/api.ts';
import { promptDifference, promptOf, tokenDirection } from '../../state/edits/directions.ts';
import { armTitle } from '../../state/selectors.ts';
import { number } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { type Draft, editOf, hookOf, isStream, single } from './draft.ts';

export interface Made {
  edit: Edit;
  /** What its numbers are, in words; null where they speak for themselves. */
  about: string | null;
}

/** @throws InputError on what is missing or does not fit, from the form or from the engine. */
export async function makeEdit(draft: Draft): Promise<Made> {
  if (draft.kind === 'from-run')
    return { edit: editOf(draft, { source: promptOf(draft.text) }), about: null };
  if (draft.kind !== 'add' || draft.direction === 'numbers') return { edit: editOf(draft), about: null };
  const amount = single(draft.amount);
  const direction = await directionOf(draft);
  const vector = direction.map((value) => amount * value);
  const length = number(Math.hypot(...vector));
  const of =
    draft.direction === 'token'
      ? glyphs(draft.token?.piece ?? '')
      : `(${quoted(draft.text)} − ${quoted(draft.minus)})`;
  const about = `${number(amount, Number.isInteger(amount) ? 0 : 2)} × ${of}`;
  // The same numbers are added in every arm, so it is said whose they are.
  const whose = `${armTitle(draft.arm)}’s, of length ${length}`;
  return { edit: editOf(draft, { vector }), about: `${about} (${whose})` };
}

/** Its end, where the difference is taken. */
function quoted(prompt: string): string {
  return prompt.length > 16 ? `“…${prompt.slice(-15)}”` : `“${prompt}”`;
}

function directionOf(draft: Draft): Promise<number[]> {
  if (draft.direction === 'token') {
    if (!draft.token) throw new InputError('Choose the token whose direction is added.', { token: null });
    if (!isStream(draft))
      throw new InputError(
        'A token’s direction is one of the residual stream. Choose the residual stream, or the attention or MLP output, as the place.',
        { site: draft.site },
      );
    return tokenDirection(draft.token.id, draft.arm);
  }
  const narrow = {
    ...(draft.head.trim() !== '' && { head: Number(draft.head) }),
    ...(draft.neuron.trim() !== '' && { neuron: Number(draft.neuron) }),
  };
  return promptDifference([draft.text, draft.minus], hookOf(draft), draft.arm, narrow);
}
