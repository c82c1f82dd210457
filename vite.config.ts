/** How the app is served and built. Tests have their own configuration, vitest.config.ts, on top of this one. */

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import pkg from './package.json' with { type: 'json' };

/** Not needed by WebGPU; it gives precise timers where the server can send it (GitHub Pages cannot). */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  base: './', // the same build works at the root, under a sub-path and from any static host
  plugins: [react()],
  worker: { format: 'es' },
  define: { __APP_VERSION__: JSON.stringify(pkg.version) },
  build: { license: { fileName: 'licenses.md' } }, // what we bundle asks for its licence to travel along
  server: { headers: isolation },
  preview: { headers: isolation, port: 4173, strictPort: true },
});
