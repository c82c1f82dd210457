/** The engine's composition root: the service on WebGPU and ONNX Runtime, with bundled models fetched from beside the page. */

import { expose } from 'comlink';
import { weightBytes } from './engine/budget.ts';
import type { Device } from './engine/device.ts';
import { createEndpoint } from './engine/endpoint.ts';
import { describeAdapter } from './engine/engines.ts';
import { REGISTRY } from './engine/registry.ts';
import { findAdapter } from './gpu/device.ts';
import { createWebGpuBackend } from './gpu/webgpuBackend.ts';
import { OpsModel } from './model/opsModel.ts';
import { createCpuBackend } from './tensor/cpuOps.ts';
import { bundledFiles } from './weights/bundled.ts';
import { createHub } from './weights/hub/createHub.ts';
import type { Hub } from './weights/hub/hub.ts';
import { openBlobStore } from './weights/store/openBlobStore.ts';

expose(
  createEndpoint((page) => {
    let hub: Promise<Hub> | null = null;
    const openHub = async () => createHub({ endpoint: page.hubEndpoint, store: await openBlobStore() });
    return {
      findAdapter,
      open: { wgsl: openWgsl, ort: openOrtDevice },
      surroundings: {
        normless: __APP_VERSION__,
        userAgent: navigator.userAgent,
        crossOriginIsolated: globalThis.crossOriginIsolated ?? false,
      },
      registry: REGISTRY,
      openBundled: (path) => bundledFiles(new URL(path, page.url)),
      hub: {
        endpoint: page.hubEndpoint,
        open: () => {
          hub ??= openHub().catch((error: unknown) => {
            hub = null; // the next request tries again
            throw error;
          });
          return hub;
        },
      },
    };
  }),
);

async function openWgsl(): Promise<Device> {
  const backend = await createWebGpuBackend();
  return {
    description: describeAdapter(backend.adapter),
    backend,
    machineBytes: machineBytes(),
    roomRule: backend.adapter.isFallback
      ? 'The adapter computes in software: half of the machine’s memory is counted on.'
      : null,
    weightBytes,
    allocatedBytes: () => backend.counters.gpuBytes,
    createModel: (config, params) => new OpsModel(backend, config, params),
    destroy: () => backend.destroy(),
  };
}

/** WebAssembly addresses 4 GiB; this much of it may be weights, the rest is for activations. */
const WASM_WEIGHT_BYTES = 3 * 2 ** 30;

async function openOrtDevice(): Promise<Device> {
  const { defaultThreads, ORT_FILES, OrtModel, openOrt } = await import('./ort/index.ts');
  const runtime = await openOrt({ files: ORT_FILES, threads: defaultThreads() });
  const backend = createCpuBackend();
  const held = () => runtime.weightBytes();
  return {
    description: runtime.description,
    // Weights are kept twice: as plain arrays, which analyses read, and inside WebAssembly.
    backend: { ...backend, hasRoom: async (bytes) => 2 * held() + bytes <= 2 * WASM_WEIGHT_BYTES },
    machineBytes: machineBytes(),
    roomRule:
      'ONNX Runtime computes in the machine’s own memory, where weights stand twice and are f32 however they are rounded: half of it is counted on, and WebAssembly holds at most 3 GB of weights.',
    weightBytes: (config) => 2 * weightBytes(config, 'f32'), // 16 and 8 bits are widened when they are read
    allocatedBytes: () => 2 * held(),
    createModel: (config, params) => new OrtModel(runtime, backend, config, params),
    destroy: () => {},
  };
}

/** `navigator.deviceMemory` is in GiB, rounded down, and not in every browser. */
function machineBytes(): number | null {
  const { deviceMemory } = navigator as { deviceMemory?: number };
  return deviceMemory === undefined ? null : deviceMemory * 2 ** 30;
}
