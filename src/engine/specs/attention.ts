/** `attention`: where every head looks, and one head in full. */

import {
  attentionBetween,
  attentionHeads,
  attentionHooks,
  headAsked,
} from '../../analysis/attentionHeads.ts';
import { InputError } from '../../base/errors.ts';
import type { AnalysisSpec } from './spec.ts';

export const attentionSpec: AnalysisSpec<'attention'> = {
  hooks: ({ config }, parameters) =>
    attentionHooks(config, { overview: parameters.overview ?? true, of: headAsked(config, parameters) }),
  arm: ({ run, parameters, context }) => {
    const { overview = true, epsilon = 0.3, target, contrast, centerUnembed = true } = parameters;
    const of = headAsked(run.model.config, parameters);
    if (target !== undefined && !of) {
      throw new InputError(
        'attention weights one head by a target: name its layer and head, or leave the target out.',
        { target },
      );
    }
    if (contrast !== undefined && target === undefined) {
      throw new InputError('attention was given a contrast without a target. Name a target too.', {
        contrast,
      });
    }
    return attentionHeads(run, {
      overview,
      epsilon,
      of,
      target: target === undefined ? [] : context.tokenIds(target),
      contrast: contrast === undefined ? [] : context.tokenIds(contrast),
      centerUnembed,
    });
  },
  between: attentionBetween,
};
