/** Before each GPU test file: no adapter means a visible skip, or with REQUIRE_WEBGPU=1 (as in CI) a failure. */

import { beforeEach } from 'vitest';

const adapter = 'gpu' in navigator ? await navigator.gpu.requestAdapter() : null;

if (!adapter) {
  const reason =
    'this browser gives no WebGPU adapter: set CHROMIUM_PATH to a newer Chromium, or unset WEBGPU_ADAPTER to use the software adapter';
  if (import.meta.env.REQUIRE_WEBGPU === '1') throw new Error(`REQUIRE_WEBGPU=1, but ${reason}`);
  console.warn(`Skipping the GPU tests: ${reason}`);
  beforeEach((test) => test.skip(reason));
}
