/** Row 5: what recording every usual hook adds to a forward pass that records the logits only. */

import { largestDifference, type Trial } from '../page/cases.ts';
import { forwardCases, type Subject, USUAL_SIZES } from '../page/forwardCases.ts';
import { LOGITS, runOnce, usualHooks, valuesOf } from '../page/ourForward.ts';

export const cacheFull = forwardCases(
  USUAL_SIZES,
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
