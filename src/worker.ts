/** The engine's composition root: the service on WebGPU, with bundled models fetched from beside the page. */

import { expose } from 'comlink';
import { createEndpoint } from './engine/endpoint.ts';
import { REGISTRY } from './engine/registry.ts';
import { createWebGpuBackend } from './gpu/webgpuBackend.ts';
import { bundledFiles } from './weights/bundled.ts';

// The built worker lies in assets/, the models beside index.html: the page says where that is.
const base = new URL(self.name || '.', self.location.href);

expose(
  createEndpoint({
    openDevice: async (onProgress) => {
      const backend = await createWebGpuBackend({ onProgress });
      return { backend, adapter: backend.adapter, lost: backend.lost, destroy: () => backend.destroy() };
    },
    registry: REGISTRY,
    openBundled: (path) => bundledFiles(new URL(path, base)),
  }),
);
