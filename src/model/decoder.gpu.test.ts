import { expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { TINY_CHECKPOINTS } from '../../tools/reference/tiny.ts';
import { backendWithDevice } from '../gpu/device.suite.ts';
import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { memoryFiles } from '../weights/memory.ts';
import { decoderSuite } from './decoder.suite.ts';
import { Decoder } from './decoder.ts';
import { inTurn } from './runTogether.ts';

decoderSuite(createWebGpuBackend);

test('two arms in turn: once warm, a token makes no buffer and no bind group, and compiles nothing', async () => {
  const { backend, device } = await backendWithDevice();
  const files = [TINY_CHECKPOINTS.layer(), TINY_CHECKPOINTS.lnfree()];
  const models = await Promise.all(files.map((each) => loadModel(backend, memoryFiles(each))));
  const decoders = models.map((model) => new Decoder(model));
  const feed = async (tokens: readonly number[]) => {
    inTurn(decoders.map((decoder) => decoder.feed(tokens)));
    await Promise.all(decoders.map((decoder) => decoder.next()));
  };
  await feed([1, 2, 3]);
  for (let i = 0; i < 3; i++) await feed([i]);

  const made: string[] = [];
  for (const what of ['createBuffer', 'createBindGroup', 'createShaderModule'] as const) {
    const create = device[what].bind(device) as (descriptor: never) => unknown;
    Object.assign(device, {
      [what]: (descriptor: never) => {
        made.push(what);
        return create(descriptor);
      },
    });
  }
  const { gpuBytes, submits } = backend.counters;
  for (let i = 0; i < 8; i++) await feed([20 + i]);
  expect(made).toEqual([]);
  expect(backend.counters.gpuBytes).toBe(gpuBytes);
  // The work goes with the first read; ids and floats are read apart.
  expect(backend.counters.submits - submits).toBe(8 * 2 * decoders.length);
  for (const decoder of decoders) decoder.dispose();
  backend.destroy();
});
