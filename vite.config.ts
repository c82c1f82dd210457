/** How the app is served and built. Tests have their own configuration, vitest.config.ts, on top of this one. */

import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';
import pkg from './package.json' with { type: 'json' };
import { csp } from './tools/csp.ts';
import { licenses } from './tools/licenses.ts';
import { prerender } from './tools/prerender.ts';
import { serviceWorker } from './tools/serviceWorker.ts';

const thirdParty = licenses();

/** Not needed by WebGPU; it gives precise timers where the server can send it (GitHub Pages cannot). */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  base: './', // the same build works at the root, under a sub-path and from any static host
  plugins: [react(), prerender(), csp(), thirdParty.page, serviceWorker()],
  worker: { format: 'es', plugins: () => [thirdParty.worker] },
  // ONNX Runtime without its WebAssembly inlined by name: src/ort/files.ts says where that is, and it is emitted once.
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  define: { __APP_VERSION__: JSON.stringify(pkg.version) },
  build: {
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What the page needs first is one file: dozens of small ones compress worse and are asked for one by one.
            { name: 'first', tags: ['$initial'] },
          ],
        },
      },
    },
  },
  server: { headers: isolation },
  preview: { headers: isolation, port: 4173, strictPort: true },
});
