/** Row 5: what recording every usual hook adds to a forward pass that records the logits only. */

import { largestDifference, type Trial } from '../page/cases.ts';
import { type ForwardSize, forwardCases, type Subject } from '../page/forwardCases.ts';
import { LOGITS, runOnce, usualHooks, valuesOf } from '../page/ourForward.ts';

const SIZES: readonly ForwardSize[] = [
  { T: 64, shape: 'twelfth', suites: ['ci'] },
  { T: 64, shape: 'small', suites: ['full'] },
];

export const cacheFull = forwardCases(
  SIZES,
  ({ T }) => ({ row: 'cache.full', name: `cache.full T${T}` }),
  'logits only',
  trial,
);

async function trial({ machine, random, model, tokens }: Subject): Promise<Trial> {
  const every = usualHooks(random.config);
  return {
    difference: async () =>
      largestDifference(
        await valuesOf(model, tokens, 'logits', every),
        await valuesOf(model, tokens, 'logits', LOGITS),
      ),
    ours: () => runOnce(machine, model, tokens, every),
    peer: () => runOnce(machine, model, tokens, LOGITS),
    dispose: async () => model.park(),
  };
}
