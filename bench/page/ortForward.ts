/** The peer of a forward pass: the graph of src/ort on ONNX Runtime, logits for every position. */

import type { Tensor as OrtTensor } from 'onnxruntime-web/webgpu';
import { must } from '../../src/base/assert.ts';
import { forwardGraph, IDS } from '../../src/ort/graph.ts';
import { encodeModel } from '../../src/ort/onnx.ts';
import type { Machine } from './machine.ts';
import { type RandomModel, transposed } from './weights.ts';

export interface OrtForward {
  /** The logits, where the session left them; the caller disposes of them. */
  run(): Promise<OrtTensor>;
  release(): Promise<void>;
}

/**
 * On our device. Its WebGPU backend has no kernel for FusedMatMul, with which src/ort unembeds, and would do that on the
 * processor: here a second session multiplies by a W_U that already lies transposed, which suits it best.
 */
export async function ortOnWebGpu(
  machine: Machine,
  model: RandomModel,
  tokens: readonly number[],
): Promise<OrtForward> {
  const { dModel, dVocab } = model.config;
  const final = 'ln_final.hook_normalized';
  const blocks = await machine.session(sourceOf(model, final), 'webgpu');
  const W_U = transposed(must(model.byName.get('W_E'), 'W_E'), dVocab, dModel);
  const unembed = await machine.session(
    matmulSource([1, tokens.length, dModel], [dModel, dVocab], W_U),
    'webgpu',
  );
  const ids = machine.ids(tokens);
  return {
    run: async () => {
      const { [final]: x } = await blocks.run({ [IDS]: ids });
      const { y } = await unembed.run({ x: must(x, final) });
      x?.dispose();
      return must(y, 'the product');
    },
    release: async () => {
      await blocks.release();
      await unembed.release();
    },
  };
}

/** On the processor, in WebAssembly with one thread: the very graph that our second engine runs. */
export async function ortOnWasm(
  machine: Machine,
  model: RandomModel,
  tokens: readonly number[],
): Promise<OrtForward> {
  const session = await machine.session(sourceOf(model, 'logits'), 'wasm');
  const ids = machine.ids(tokens);
  return {
    run: async () => must((await session.run({ [IDS]: ids })).logits, 'logits'),
    release: () => session.release(),
  };
}

function sourceOf({ config, byName }: RandomModel, hook: string) {
  const { bytes, parameters } = forwardGraph(config, new Set([hook]));
  const weights = new Map(parameters.map((name) => [name, must(byName.get(name), name)]));
  return { bytes, weights };
}

/** y = x·W, one operator. */
export function matmulSource(x: readonly number[], shape: readonly [number, number], W: Float32Array) {
  const bytes = encodeModel({
    name: 'MatMul',
    nodes: [{ op: 'MatMul', inputs: ['x', 'W'], outputs: ['y'], attributes: {} }],
    initializers: [{ name: 'W', element: 'float32', shape, path: 'W', byteLength: W.byteLength }],
    inputs: [{ name: 'x', element: 'float32', axes: x }],
    outputs: [{ name: 'y', element: 'float32', axes: [...x.slice(0, -1), shape[1]] }],
  });
  return { bytes, weights: new Map([['W', W]]) };
}
