/** Row 6, the other two thirds: heads or neurons attributed to every position's own target, against the forward pass they come from. */

import {
  attributionPerPosition,
  type PerPositionOptions,
  perPositionHooks,
} from '../../src/analysis/attributionPerPosition.ts';
import { largestDifference, type Trial } from '../page/cases.ts';
import { forwardCases, type Subject, USUAL_SIZES } from '../page/forwardCases.ts';
import { LOGITS, runOnce } from '../page/ourForward.ts';

const UNITS = { head: 'dla.heads.perpos', neuron: 'dla.neurons.perpos' } as const;
/** Neurons named per position. */
const K = 10;

export const dlaPerPosition = (['head', 'neuron'] as const).flatMap((unit) =>
  forwardCases(
    USUAL_SIZES,
    ({ T }) => ({ row: UNITS[unit], name: `${UNITS[unit]} T${T}` }),
    'the forward pass',
    (subject) => trial(subject, unit),
  ),
);

async function trial({ machine, model, tokens }: Subject, unit: keyof typeof UNITS): Promise<Trial> {
  const cache = await model.run([tokens], perPositionHooks(model.config, unit));
  const options: PerPositionOptions = {
    targets: [...tokens].reverse(),
    contrasts: [],
    centerUnembed: true,
    unit,
    k: K,
  };
  const attribute = () => attributionPerPosition({ model, cache }, options);
  return {
    // All shares together are the logit that the model itself gives: where one is wrong they are not.
    difference: async () => {
      const { sum, actual } = await attribute();
      return largestDifference(sum.data, actual.data);
    },
    ours: async () => {
      await attribute(); // the shares are read back: that too is its price
    },
    peer: () => runOnce(machine, model, tokens, LOGITS),
    dispose: async () => {
      cache.dispose();
      model.park();
    },
  };
}
