/** Row 7: two arms run as one job, their kernels in turn in one submit, against one after the other. */

import { must } from '../../src/base/assert.ts';
import { runTogether } from '../../src/model/runTogether.ts';
import { largestDifference, type Trial } from '../page/cases.ts';
import { type ForwardSize, forwardCases, type Subject } from '../page/forwardCases.ts';
import { LOGITS, ourModel, runOnce, valuesOf } from '../page/ourForward.ts';
import { randomModel } from '../page/weights.ts';

const SIZES: readonly ForwardSize[] = [
  { T: 16, shape: 'twelfth', suites: ['ci', 'full'] },
  { T: 64, shape: 'small', suites: ['full'] },
];

export const pair = forwardCases(
  SIZES,
  ({ T }) => ({ row: 'pair', name: `pair T${T}` }),
  'A alone + B alone',
  trial,
);

async function trial({ machine, random, model, tokens }: Subject): Promise<Trial> {
  const other = ourModel(machine.backend, randomModel(random.shape, 1000));
  const together = () =>
    runTogether([model, other].map((each) => ({ model: each, tokens: [tokens], hooks: LOGITS })));
  return {
    difference: async () => {
      const caches = together();
      const alone = [await valuesOf(model, tokens, 'logits'), await valuesOf(other, tokens, 'logits')];
      let largest = 0;
      for (const [i, cache] of caches.entries()) {
        const [values] = await cache.ops.read([cache.get('logits')]);
        largest = Math.max(largest, largestDifference(values, must(alone[i], 'an arm')));
        cache.dispose();
      }
      return largest;
    },
    ours: async () => {
      const caches = together();
      await machine.done();
      for (const cache of caches) cache.dispose();
    },
    peer: async () => {
      await runOnce(machine, model, tokens, LOGITS);
      await runOnce(machine, other, tokens, LOGITS);
    },
    dispose: async () => {
      model.park();
      other.park();
    },
  };
}
