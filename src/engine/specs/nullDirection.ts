/** `null-direction`: the direction that the unembedding reads least, added to the final residual. */

import { nullDirection, nullDirectionHooks } from '../../analysis/nullDirection.ts';
import type { AnalysisSpec } from './spec.ts';

export const nullDirectionSpec: AnalysisSpec<'null-direction'> = {
  normsItself: true,
  hooks: ({ config, logits }) => nullDirectionHooks(config, logits),
  arm: ({ run, parameters: { amounts, position = -1 }, context }) =>
    nullDirection(run, { amounts, position, piece: context.piece }),
};
