/** Makes the folder that the suite in Node runs from: one bundle, Dawn's addon and ONNX Runtime's files, nothing else. */

import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'vite';
import { BENCH_DIR, DAWN, fetchDawn } from './fetchDawn.ts';

/** Its place: `node bench.mjs` runs in it without the repository. */
export const NODE_DIR = join(BENCH_DIR, 'node');
export const BUNDLE = 'bench.mjs';

const ORT_DIST = 'node_modules/onnxruntime-web/dist';
const ORT_FILES = ['ort-wasm-simd-threaded.asyncify.mjs', 'ort-wasm-simd-threaded.asyncify.wasm'];

/** Bundles anew each time, which takes seconds; the rest is copied. */
export async function buildForNode(): Promise<void> {
  const dawn = fetchDawn();
  await build({
    configFile: false,
    logLevel: 'warn',
    assetsInclude: ['**/*.safetensors'],
    define: { __DAWN_VERSION__: JSON.stringify(DAWN.version) },
    ssr: {
      noExternal: true,
      // ONNX Runtime as a browser gets it: its build for Node has no WebGPU.
      resolve: { conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'import', 'default'] },
    },
    build: {
      ssr: 'bench/node/main.ts',
      outDir: NODE_DIR,
      emptyOutDir: true,
      target: 'node20',
      copyPublicDir: false,
      rolldownOptions: { output: { entryFileNames: BUNDLE, codeSplitting: false } },
    },
  });
  mkdirSync(NODE_DIR, { recursive: true });
  // With what lies beside it: on Windows the addon needs libraries of its own.
  for (const name of readdirSync(dirname(dawn)))
    copyFileSync(join(dirname(dawn), name), join(NODE_DIR, name));
  for (const name of ORT_FILES) copyFileSync(join(ORT_DIST, name), join(NODE_DIR, name));
}
