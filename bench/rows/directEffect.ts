/** Direct effects of all heads, biases and MLPs at one position, each taken out and measured, against the forward pass they come from. */

import {
  type DirectEffectOptions,
  directEffect,
  directEffectHooks,
} from '../../src/analysis/directEffect.ts';
import type { Trial } from '../page/cases.ts';
import { forwardCases, type Subject, USUAL_SIZES } from '../page/forwardCases.ts';
import { LOGITS, runOnce } from '../page/ourForward.ts';

export const directEffectOne = forwardCases(
  USUAL_SIZES,
  ({ T }) => ({ row: 'direct.heads.one', name: `direct.heads.one T${T}` }),
  'the forward pass',
  trial,
);

async function trial({ machine, model, tokens }: Subject): Promise<Trial> {
  const cache = await model.run([tokens], directEffectHooks(model.config, 'head', null));
  const options: DirectEffectOptions = {
    positions: -1,
    target: [1],
    contrast: [2],
    centerUnembed: true,
    unit: 'head',
    layers: null,
  };
  const measure = () => directEffect({ model, cache }, options);
  return {
    // What was measured against the identity: two ways to one number.
    difference: async () => {
      const { identityError, terms } = await measure();
      return terms.every((term) => Number.isFinite(term.directEffect))
        ? identityError
        : Number.POSITIVE_INFINITY;
    },
    ours: async () => {
      await measure(); // the numbers are read back: that too is its price
    },
    peer: () => runOnce(machine, model, tokens, LOGITS),
    dispose: async () => {
      cache.dispose();
      model.park();
    },
  };
}
