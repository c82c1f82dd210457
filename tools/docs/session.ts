/** `window.normless` without a window: the page's client and the worker's end in one thread, both engines, a mock Hub with tiny models. */

import { expose } from 'comlink';
import type { Normless } from '../../src/engine/api.ts';
import { createNormless } from '../../src/engine/client.ts';
import { createEndpoint } from '../../src/engine/endpoint.ts';
import { REGISTRY, type RegisteredPair } from '../../src/engine/registry.ts';
import { OrtModel } from '../../src/ort/ortModel.ts';
import { createCpuBackend } from '../../src/tensor/cpuOps.ts';
import { createHub } from '../../src/weights/hub/createHub.ts';
import { memoryStore } from '../../src/weights/store/memoryStore.ts';
import { makeTinyCheckpoint, type TinyForm } from '../../src/weights/testing.ts';
import { cpuDevice, cpuEngines, diskFiles, NODE } from '../cpuService.ts';
import { startMockHub } from '../mockHub.ts';
import { openOrtInNode } from '../ortNode.ts';

const TINY = { nLayers: 2, nHeads: 2, dModel: 8, nCtx: 16, dVocab: 64 };

const repo = (form: TinyForm) => ({ files: makeTinyCheckpoint({ ...TINY, form }) });

/** GPT-2 small of the registry with tiny models in its place, at whatever commit the mock Hub has. */
const registry: RegisteredPair[] = REGISTRY.map((pair) => {
  if (pair.id !== 'gpt2-small') return pair;
  const arms = pair.arms.map((arm) => {
    const name = 'repo' in arm.source ? arm.source.repo : '';
    return { ...arm, source: { repo: name } };
  });
  return { ...pair, architecture: TINY, arms };
});

/** Ready, on ONNX Runtime; the CPU twin stands in for a software adapter's kernels. */
export async function openSession(): Promise<{ normless: Normless; close: () => Promise<void> }> {
  const mock = await startMockHub({
    repos: {
      'openai-community/gpt2': repo('layer'),
      'schaeff/gpt2-small_LNFree300': repo('lnfree-2025'),
      'me/my-gpt2': repo('layer'),
      'me/my-gpt2-lnfree': repo('lnfree-2025'),
    },
  });
  const hub = createHub({ endpoint: mock.endpoint, store: memoryStore() });
  const runtime = await openOrtInNode();
  const backend = createCpuBackend();
  const ort = {
    ...cpuDevice(backend),
    description: runtime.description,
    createModel: (
      ...[config, params]: ConstructorParameters<typeof OrtModel> extends [unknown, unknown, ...infer Rest]
        ? Rest
        : never
    ) => new OrtModel(runtime, backend, config, params),
  };
  const endpoint = createEndpoint(() => ({
    ...cpuEngines(undefined, async () => ort),
    findAdapter: async () => ({
      vendor: 'none',
      architecture: 'cpu',
      description: 'twin',
      isFallback: true,
    }),
    surroundings: NODE,
    registry,
    openBundled: (path) => diskFiles(`public/${path}`),
    hub: { endpoint: mock.endpoint, open: async () => hub },
  }));
  const { port1: page, port2: worker } = new MessageChannel();
  expose(endpoint, worker);
  page.start();
  const normless = createNormless({
    hubEndpoint: mock.endpoint,
    committed: {},
    version: NODE.normless,
    worker: page as unknown as Worker,
  });
  await normless.ready;
  return {
    normless,
    close: async () => {
      page.close();
      await mock.close();
    },
  };
}
