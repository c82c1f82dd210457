/** Row 2: one more token after 256, its likeliest successors found on the device, against ONNX Runtime with keys and values kept there. */

import { must } from '../../src/base/assert.ts';
import { Decoder } from '../../src/model/decoder.ts';
import { blockHook } from '../../src/model/hooks.ts';
import type { OpsModel } from '../../src/model/opsModel.ts';
import { largestDifference, type Trial } from '../page/cases.ts';
import { type ForwardSize, forwardCases, type Subject } from '../page/forwardCases.ts';
import { type HostKeyValues, ortDecode } from '../page/ortDecode.ts';

const PAST = 256;
/** The prompt and the token after it. */
const T = PAST + 1;
const SIZES: readonly ForwardSize[] = [
  { T, shape: 'twelfth', suites: ['ci', 'full'], mostRounds: 3 },
  { T, shape: 'small', suites: ['full'], mostRounds: 3 },
];

export const decode = forwardCases(
  SIZES,
  () => ({ row: `decode.ctx${PAST}`, name: `decode.ctx${PAST}` }),
  'ORT WebGPU, no top-k',
  trial,
);

async function trial({ machine, random, model, tokens }: Subject): Promise<Trial> {
  const prompt = tokens.slice(0, PAST);
  const token = must(tokens[PAST], 'a token after the prompt');
  const peer = await ortDecode(machine, random, token, await keyValuesOf(model, prompt));
  const begin = () => {
    const begun = new Decoder(model);
    begun.prefill(prompt);
    return begun;
  };
  let decoder = begin();
  return {
    difference: async () => {
      decoder.step(token);
      const ours = await decoder.row();
      const theirs = (await (await peer.step()).getData(true)) as Float32Array;
      return largestDifference(ours, theirs);
    },
    // Our text grows with every call, theirs does not; where it is full, starting anew is on our account.
    ours: async () => {
      if (decoder.past === decoder.capacity) {
        decoder.dispose();
        decoder = begin();
      }
      decoder.step(token);
      decoder.flush();
      await machine.done();
    },
    peer: async () => {
      const logits = await peer.step();
      await machine.done();
      logits.dispose();
    },
    dispose: async () => {
      decoder.dispose();
      model.park();
      await peer.release();
    },
  };
}

async function keyValuesOf(model: OpsModel, prompt: readonly number[]): Promise<HostKeyValues[]> {
  const hooks = model.params.blocks.map((_, layer) => ({
    k: blockHook(layer, 'attn.hook_k'),
    v: blockHook(layer, 'attn.hook_v'),
  }));
  const cache = await model.run(
    [prompt],
    hooks.flatMap(({ k, v }) => [k, v]),
  );
  const values: HostKeyValues[] = [];
  for (const { k, v } of hooks) {
    const [keys, vs] = await cache.ops.read([cache.get(k), cache.get(v)]);
    values.push({ k: keys, v: vs });
  }
  cache.dispose();
  return values;
}
