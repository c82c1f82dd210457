/** `edit-effects`: what each edit of the request does to a target's logit, in all and directly. */

import { editEffects, editEffectsHooks } from '../../analysis/editEffects.ts';
import { InputError } from '../../base/errors.ts';
import type { AnalysisSpec } from './spec.ts';

export const editEffectsSpec: AnalysisSpec<'edit-effects'> = {
  edits: true,
  hooks: editEffectsHooks,
  arm: ({ arm, run, parameters, context }) => {
    const { position = -1, target, contrast } = parameters;
    if (target === undefined)
      throw new InputError(
        "edit-effects needs a target: a token id, a text that is one token (' Mary'), or a list.",
        {
          target: null,
        },
      );
    return editEffects(run, {
      edits: context.edits,
      position,
      target: context.tokenIds(target),
      contrast: contrast === undefined ? [] : context.tokenIds(contrast),
      onStep: (done, total) => context.step(done, total, `measuring edits of ${arm}`),
    });
  },
};
