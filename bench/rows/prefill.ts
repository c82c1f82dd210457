/** Row 1: a whole forward pass with the logits of every position, against ONNX Runtime's WebGPU backend on the same device. */

import type { Suite } from '../contract.ts';
import { largestDifference, type TimedCase, type Trial } from '../page/cases.ts';
import type { Machine } from '../page/machine.ts';
import { ortOnWebGpu } from '../page/ortForward.ts';
import { LOGITS, ourModel, runOnce, valuesOf } from '../page/ourForward.ts';
import { randomModel, randomTokens } from '../page/weights.ts';

/** The more the peer takes (13 s at T = 16, 36 s at 64 on the software adapter), the fewer pairs. */
const CASES: readonly { T: number; nLayers: number; suites: Suite[]; mostRounds?: number }[] = [
  { T: 16, nLayers: 1, suites: ['ci', 'full'] },
  { T: 16, nLayers: 12, suites: ['full'], mostRounds: 3 },
  { T: 64, nLayers: 12, suites: ['full'], mostRounds: 1 },
];

export const prefill: readonly TimedCase[] = CASES.map(({ T, nLayers, suites, mostRounds }) => ({
  row: `prefill.T${T}`,
  name: `prefill.T${T} ${nLayers === 12 ? 'small' : 'one layer'}`,
  model: nLayers === 12 ? 'GPT-2 small, random' : 'one layer of GPT-2 small, random',
  T,
  dtype: 'f32',
  kind: 'timed',
  peer: 'ORT WebGPU',
  suites,
  ...(mostRounds !== undefined && { mostRounds }),
  prepare: (machine) => prepare(machine, T, nLayers),
}));

async function prepare(machine: Machine, T: number, nLayers: number): Promise<Trial> {
  const random = randomModel(nLayers);
  const tokens = randomTokens(T, random.config.dVocab);
  const model = ourModel(machine.backend, random);
  const peer = await ortOnWebGpu(machine, random, tokens);
  return {
    difference: async () => {
      const ours = await valuesOf(model, tokens, 'logits');
      const theirs = (await (await peer.run()).getData(true)) as Float32Array;
      return largestDifference(ours, theirs);
    },
    ours: () => runOnce(machine, model, tokens, LOGITS),
    peer: async () => {
      const logits = await peer.run();
      await machine.done();
      logits.dispose();
    },
    dispose: async () => {
      model.park();
      await peer.release();
    },
  };
}
