/** ONNX Runtime in a real browser, from the files that Vite serves: it starts, computes what the CPU twin does, and says so where they are missing. */

import { expect, test } from 'vitest';
import { loadModel, recordHooks, walkHooks } from '../../tools/golden.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import { OpsModel } from '../model/opsModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { memoryFiles } from '../weights/memory.ts';
import { defaultThreads, ORT_FILES, OrtModel, openOrt } from './index.ts';

// The order matters: after a failure it is tried anew, once it runs there is nothing left to load.
test('a missing file is named, and what to do', async () => {
  for (const file of ['wasm', 'mjs'] as const) {
    const url = `${ORT_FILES[file]}.missing`;
    const error = await openOrt({ files: { ...ORT_FILES, [file]: url }, threads: 1 }).catch(
      (thrown) => thrown,
    );
    expect(error.name).toBe('UnsupportedError');
    expect(error.message).toContain(`${url} could not be had`);
    expect(error.message).toContain('Check the connection and try again');
  }
});

test('with its files it runs, on as many threads as the page may have', async () => {
  const runtime = await openOrt({ files: ORT_FILES, threads: defaultThreads() });
  expect(runtime.version).toBe('1.30.0');
  expect(crossOriginIsolated).toBe(true);
  expect(runtime.threads).toBe(Math.min(4, navigator.hardwareConcurrency));

  const backend = createCpuBackend();
  for (const make of Object.values(TINY_CHECKPOINTS)) {
    const expected = await recordHooks(await loadModel(backend, memoryFiles(make())), TINY_TOKENS);
    const model = await loadModel(
      (config, host) =>
        new OrtModel(runtime, backend, config, OpsModel.fromHost(backend, config, host).params),
      memoryFiles(make()),
    );
    expect((await walkHooks(model, TINY_TOKENS, expected)).worst.difference).toBeLessThan(1e-4);
    model.park();
  }
});
