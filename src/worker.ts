/** The engine's composition root: the service on WebGPU, with bundled models fetched from beside the page. */

import { expose } from 'comlink';
import { createEndpoint } from './engine/endpoint.ts';
import { REGISTRY } from './engine/registry.ts';
import { createWebGpuBackend } from './gpu/webgpuBackend.ts';
import { bundledFiles } from './weights/bundled.ts';

expose(
  createEndpoint((pageUrl) => ({
    openDevice: async (onProgress) => {
      const backend = await createWebGpuBackend({ onProgress });
      return { backend, adapter: backend.adapter, destroy: () => backend.destroy() };
    },
    registry: REGISTRY,
    openBundled: (path) => bundledFiles(new URL(path, pageUrl)),
  })),
);
