/** `head-circuits`: a head's weights as maps from token to token. */

import { HEAD_CIRCUITS_HOOKS, headCircuits, headCircuitsBetween } from '../../analysis/headCircuits.ts';
import { type AnalysisSpec, oneOf, tokenList } from './spec.ts';

export const headCircuitsSpec: AnalysisSpec<'head-circuits'> = {
  hooks: () => [...HEAD_CIRCUITS_HOOKS],
  arm: ({ run, parameters, context }) => {
    const { layer, head, tokens, input = 'norm', k = 3 } = parameters;
    return headCircuits(run, {
      layer,
      head,
      tokens: tokens === undefined ? null : tokenList('tokens', tokens, context),
      input: oneOf('input', input, ['norm', 'gain'] as const),
      k,
      piece: context.piece,
    });
  },
  between: headCircuitsBetween,
};
