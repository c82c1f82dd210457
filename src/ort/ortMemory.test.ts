/** WebAssembly's memory, which can only grow: weights are in it once, runs of any length take no more, and a parked model's room serves the next. */

import { beforeAll, expect, test } from 'vitest';
import { openOrtInNode, ortFromHost } from '../../tools/ortNode.ts';
import { tiny } from '../../tools/tinyModel.ts';
import { allHooks } from '../model/hooks.ts';
import type { OrtModel } from './ortModel.ts';
import type { OrtRuntime } from './runtime.ts';

/** Every memory that WebAssembly takes, seen as it is made: this must stand before ONNX Runtime loads. */
const memories: WebAssembly.Memory[] = [];
WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
  construct(Memory, [descriptor]: [WebAssembly.MemoryDescriptor]) {
    const memory = new Memory(descriptor);
    memories.push(memory);
    return memory;
  },
});
const MB = 2 ** 20;
const megabytes = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) / MB;

/** 39 MB of token embeddings and 6 MB of everything else: a second copy of either shows. */
const SIZES = { nLayers: 2, nHeads: 4, dModel: 256, nCtx: 256, dVocab: 40_000 };
const LENGTHS = [40, 256, 7, 100, 31, 200, 3, 256, 90, 255];

let runtime: OrtRuntime;
let make: () => OrtModel;

beforeAll(async () => {
  runtime = await openOrtInNode();
  const fromHost = await ortFromHost();
  const { config, host } = await tiny(SIZES);
  make = () => fromHost(config, host);
});

async function run(model: OrtModel, length: number, hooks: string[]): Promise<void> {
  (await model.run([Array.from({ length }, (_, i) => (i * 37) % 40_000)], hooks)).dispose();
}

test('weights once, ten lengths without growth, and room again after parking', async () => {
  expect(memories).toHaveLength(1);
  const empty = megabytes();
  let model = make();
  const hooks = allHooks(model.config, 1)
    .filter(({ optIn }) => !optIn)
    .map(({ name }) => name);

  await run(model, 1, hooks);
  const weights = model.weightBytes / MB;
  expect(weights).toBeGreaterThan(45);
  expect(megabytes() - empty).toBeLessThan(1.35 * weights);

  const after: number[] = [];
  for (const length of LENGTHS) {
    await run(model, length, hooks);
    after.push(megabytes());
  }
  expect(after.slice(2)).toEqual(Array(8).fill(after[1])); // the second is the longest

  for (let i = 0; i < 3; i++) {
    model.park();
    model = make();
    await run(model, 256, hooks);
  }
  expect(runtime.weightBytes() / MB).toBe(weights);
  expect(megabytes()).toBe(after[1]);
});
