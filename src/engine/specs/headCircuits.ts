/** `head-circuits`: a head's weights as maps from token to token. */

import { HEAD_CIRCUITS_HOOKS, headCircuits, headCircuitsBetween } from '../../analysis/headCircuits.ts';
import { type AnalysisSpec, oneOf, tokenList } from './spec.ts';

export const headCircuitsSpec: AnalysisSpec<'head-circuits'> = {
  hooks: () => [...HEAD_CIRCUITS_HOOKS],
  arm: ({ run, parameters, context }) => {
    const { layer, head, among, input = 'norm', k = 3 } = parameters;
    return headCircuits(run, {
      layer,
      head,
      tokens: among === undefined ? null : tokenList('among', among, context),
      input: oneOf('input', input, ['norm', 'gain'] as const),
      k,
      piece: context.piece,
    });
  },
  between: headCircuitsBetween,
};
