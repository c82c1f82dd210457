/** Row 5: what recording every usual hook adds to a forward pass that records the logits only. */

import type { Suite } from '../contract.ts';
import { largestDifference, type TimedCase, type Trial } from '../page/cases.ts';
import type { Machine } from '../page/machine.ts';
import { LOGITS, ourModel, runOnce, usualHooks, valuesOf } from '../page/ourForward.ts';
import { randomModel, randomTokens } from '../page/weights.ts';

const CASES: readonly { T: number; nLayers: number; suites: Suite[] }[] = [
  { T: 64, nLayers: 1, suites: ['ci'] },
  { T: 64, nLayers: 12, suites: ['full'] },
];

export const cacheFull: readonly TimedCase[] = CASES.map(({ T, nLayers, suites }) => ({
  row: 'cache.full',
  name: `cache.full T${T} ${nLayers === 12 ? 'small' : 'one layer'}`,
  model: nLayers === 12 ? 'GPT-2 small, random' : 'one layer of GPT-2 small, random',
  T,
  dtype: 'f32',
  kind: 'timed',
  peer: 'logits only',
  suites,
  prepare: (machine) => prepare(machine, T, nLayers),
}));

async function prepare(machine: Machine, T: number, nLayers: number): Promise<Trial> {
  const random = randomModel(nLayers);
  const tokens = randomTokens(T, random.config.dVocab);
  const model = ourModel(machine.backend, random);
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
