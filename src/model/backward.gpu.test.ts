import { afterAll } from 'vitest';
import { createWebGpuBackend, type WebGpuBackend } from '../gpu/webgpuBackend.ts';
import { backwardSuite, backwardTwinSuite } from './backward.suite.ts';
import { goldenGradientsSuite } from './goldenGradients.suite.ts';

const backends = new Map<number, Promise<WebGpuBackend>>();
afterAll(async () => {
  for (const backend of backends.values()) (await backend).destroy();
});

function backendOf(bindingBytes: number): Promise<WebGpuBackend> {
  const backend = backends.get(bindingBytes) ?? createWebGpuBackend({ bindingBytes });
  backends.set(bindingBytes, backend);
  return backend;
}

goldenGradientsSuite(() => backendOf(Infinity));
backwardTwinSuite(backendOf);
backwardSuite(() => backendOf(Infinity));
