/** Row 1: a whole forward pass with the logits of every position, against ONNX Runtime's WebGPU backend on the same device. */

import { largestDifference, type Trial } from '../page/cases.ts';
import { type ForwardSize, forwardCases, type Subject } from '../page/forwardCases.ts';
import { ortOnWebGpu } from '../page/ortForward.ts';
import { LOGITS, runOnce, valuesOf } from '../page/ourForward.ts';

/** The more the peer takes (13 s at T = 16, 36 s at 64, three minutes at 256 on a software adapter), the fewer pairs. */
const SIZES: readonly ForwardSize[] = [
  { T: 16, shape: 'twelfth', suites: ['ci', 'full'], mostRounds: 3 },
  { T: 64, shape: 'twelfth', suites: ['full'], mostRounds: 3 },
  { T: 16, shape: 'small', suites: ['full'], mostRounds: 3 },
  { T: 64, shape: 'small', suites: ['full'], mostRounds: 1 },
  { T: 256, shape: 'small', suites: ['full'], mostRounds: 1 },
  { T: 1024, shape: 'small', suites: ['gpu'] },
];

export const prefill = forwardCases(
  SIZES,
  ({ T }) => ({ row: `prefill.T${T}`, name: `prefill.T${T}` }),
  'ORT WebGPU',
  trial,
);

async function trial({ machine, random, model, tokens }: Subject): Promise<Trial> {
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
