/** Row 3: our kernels against ONNX Runtime in WebAssembly, one thread: why plain forward passes go there on a software adapter. */

import { largestDifference, type Trial } from '../page/cases.ts';
import { type ForwardSize, forwardCases, type Subject } from '../page/forwardCases.ts';
import { ortOnWasm } from '../page/ortForward.ts';
import { LOGITS, runOnce, valuesOf } from '../page/ourForward.ts';

const SIZES: readonly ForwardSize[] = [
  { T: 16, shape: 'twelfth', suites: ['full'] },
  { T: 64, shape: 'small', suites: ['full'] },
  { T: 256, shape: 'small', suites: ['gpu'] },
];

export const wasmFallback = forwardCases(
  SIZES,
  ({ T }) => ({ row: 'wasm.fallback', name: `wasm.fallback T${T}` }),
  'ORT wasm, 1 thread',
  trial,
);

async function trial({ machine, random, model, tokens }: Subject): Promise<Trial> {
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
