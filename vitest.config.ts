/** Two kinds of tests: `node` (cpuOps, codecs, validators) and `gpu` (real Chromium with WebGPU). */

import { playwright } from '@vitest/browser-playwright';
import { defineConfig, mergeConfig } from 'vitest/config';
import { browserLaunch } from './tools/chromium.ts';
import { serveShared } from './tools/serveShared.ts';
import viteConfig from './vite.config.ts';

export default defineConfig(({ mode }) => {
  // Through the environment, because Vitest reads this file again, in its usual mode, for each project.
  if (mode === 'soak') process.env.SOAK ??= '20';
  const soak = Number(process.env.SOAK ?? 1);
  const env = { SOAK: String(soak), REQUIRE_WEBGPU: process.env.REQUIRE_WEBGPU ?? '' };
  return mergeConfig(viteConfig, {
    plugins: [serveShared()],
    assetsInclude: ['**/*.safetensors'], // fixtures come inline, alike in Node and in the browser
    test: {
      env,
      projects: [
        {
          extends: true,
          test: {
            name: 'node',
            environment: 'node',
            maxWorkers: '100%', // Vitest leaves one core free, which is half of two
            include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts', 'bench/**/*.test.ts'],
            exclude: ['**/*.gpu.test.*'],
            testTimeout: 60_000 * soak, // some compute for seconds, and the machine may be busy with something else
          },
        },
        {
          extends: true,
          // Found late, a dependency makes Vite reload the page in the middle of a test.
          optimizeDeps: {
            include: [
              '@huggingface/tokenizers',
              'comlink',
              'd3',
              'ml-matrix',
              'react',
              'react-dom/client',
              'react/jsx-dev-runtime',
              'vitest-browser-react',
              'zustand',
            ],
          },
          test: {
            name: 'gpu',
            include: ['src/**/*.gpu.test.{ts,tsx}', 'bench/**/*.gpu.test.ts'],
            setupFiles: ['tools/gpuSetup.ts'],
            testTimeout: 60_000,
            fileParallelism: false, // one adapter: side by side they would only slow each other down
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              provider: playwright({ launchOptions: browserLaunch() }),
              instances: [{ browser: 'chromium' }],
            },
          },
        },
      ],
    },
  });
});
