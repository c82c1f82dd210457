/** The engine's composition root: the service on WebGPU, with bundled models fetched from beside the page. */

import { expose } from 'comlink';
import { createEndpoint } from './engine/endpoint.ts';
import { REGISTRY } from './engine/registry.ts';
import { createWebGpuBackend } from './gpu/webgpuBackend.ts';
import { bundledFiles } from './weights/bundled.ts';
import { createHub } from './weights/hub/createHub.ts';
import type { Hub } from './weights/hub/hub.ts';
import { openBlobStore } from './weights/store/openBlobStore.ts';

expose(
  createEndpoint((page) => {
    let hub: Promise<Hub> | null = null;
    const openHub = async () => createHub({ endpoint: page.hubEndpoint, store: await openBlobStore() });
    return {
      openDevice: async (onProgress) => {
        const backend = await createWebGpuBackend({ onProgress });
        return {
          backend,
          adapter: backend.adapter,
          machineBytes: machineBytes(),
          allocatedBytes: () => backend.counters.gpuBytes,
          destroy: () => backend.destroy(),
        };
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

/** `navigator.deviceMemory` is in GiB, rounded down, and not in every browser. */
function machineBytes(): number | null {
  const { deviceMemory } = navigator as { deviceMemory?: number };
  return deviceMemory === undefined ? null : deviceMemory * 2 ** 30;
}
