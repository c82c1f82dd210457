/** One decoding step of ONNX Runtime on our device; keys and values stay there, and so do the logits. */

import type { Tensor as OrtTensor } from 'onnxruntime-web/webgpu';
import { must } from '../../src/base/assert.ts';
import type { Machine } from './machine.ts';
import { decodeGraph, ID, LOGITS, POSITION, past, W_U_TRANSPOSED } from './ortDecodeGraph.ts';
import { type RandomModel, transposed } from './weights.ts';

/** Keys and values of one layer on the host: [pos, head·d_head]. */
export interface HostKeyValues {
  readonly k: Float32Array;
  readonly v: Float32Array;
}

export interface OrtDecode {
  /** The token after the past, always the same one; its logits, [1, 1, d_vocab], where the session left them. */
  step(): Promise<OrtTensor>;
  release(): Promise<void>;
}

/** Made ready to feed `token` after so many positions as the keys and values have. */
export async function ortDecode(
  machine: Machine,
  { config, byName }: RandomModel,
  token: number,
  keyValues: readonly HostKeyValues[],
): Promise<OrtDecode> {
  const { nHeads, dHead, dModel, dVocab } = config;
  const { bytes, parameters } = decodeGraph(config);
  const weights = new Map(parameters.map((name) => [name, must(byName.get(name), name)]));
  weights.set(W_U_TRANSPOSED, transposed(must(byName.get('W_E'), 'W_E'), dVocab, dModel));
  const session = await machine.session({ bytes, weights }, 'webgpu');

  const pos = must(keyValues[0], 'no layer').k.length / dModel;
  const inputs = keyValues.flatMap((layer, l) =>
    (['k', 'v'] as const).map((which) => {
      const data = headsFirst(layer[which], pos, nHeads, dHead);
      return { name: past(l, which), ...machine.onDevice(data, [1, nHeads, pos, dHead]) };
    }),
  );
  const feeds = {
    [ID]: machine.int64([token], [1, 1]),
    [POSITION]: machine.int64([pos], [1]),
    ...Object.fromEntries(inputs.map(({ name, tensor }) => [name, tensor])),
  };
  return {
    step: async () => {
      const { [LOGITS]: logits, ...presents } = await session.run(feeds);
      for (const each of Object.values(presents)) each.dispose();
      return must(logits, LOGITS);
    },
    release: async () => {
      await session.release();
      for (const { buffer } of inputs) buffer.destroy();
    },
  };
}

/** [pos, head·d_head] → [head, pos, d_head]. */
function headsFirst(x: Float32Array, pos: number, nHeads: number, dHead: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(x.length);
  for (let p = 0; p < pos; p++)
    for (let h = 0; h < nHeads; h++) {
      const from = (p * nHeads + h) * dHead;
      result.set(x.subarray(from, from + dHead), (h * pos + p) * dHead);
    }
  return result;
}
