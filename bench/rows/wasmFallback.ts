/** Row 3: our kernels against ONNX Runtime in WebAssembly, one thread: why plain forward passes go there on a software adapter. */

import type { Suite } from '../contract.ts';
import { largestDifference, type TimedCase, type Trial } from '../page/cases.ts';
import type { Machine } from '../page/machine.ts';
import { ortOnWasm } from '../page/ortForward.ts';
import { LOGITS, ourModel, runOnce, valuesOf } from '../page/ourForward.ts';
import { randomModel, randomTokens } from '../page/weights.ts';

const CASES: readonly { T: number; nLayers: number; suites: Suite[] }[] = [
  { T: 16, nLayers: 1, suites: ['ci', 'full'] },
  { T: 64, nLayers: 12, suites: ['full'] },
];

export const wasmFallback: readonly TimedCase[] = CASES.map(({ T, nLayers, suites }) => ({
  row: 'wasm.fallback',
  name: `wasm.fallback T${T} ${nLayers === 12 ? 'small' : 'one layer'}`,
  model: nLayers === 12 ? 'GPT-2 small, random' : 'one layer of GPT-2 small, random',
  T,
  dtype: 'f32',
  kind: 'timed',
  peer: 'ORT wasm, 1 thread',
  suites,
  prepare: (machine) => prepare(machine, T, nLayers),
}));

async function prepare(machine: Machine, T: number, nLayers: number): Promise<Trial> {
  const random = randomModel(nLayers);
  const tokens = randomTokens(T, random.config.dVocab);
  const model = ourModel(machine.backend, random);
  const peer = await ortOnWasm(machine, random, tokens);
  return {
    difference: async () => {
      const ours = await valuesOf(model, tokens, 'logits');
      const logits = await peer.run();
      return largestDifference(ours, logits.data as Float32Array);
    },
    ours: () => runOnce(machine, model, tokens, LOGITS),
    peer: async () => {
      const logits = await peer.run();
      logits.dispose();
    },
    dispose: async () => {
      model.park();
      await peer.release();
    },
  };
}
