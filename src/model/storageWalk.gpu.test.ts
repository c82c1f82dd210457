import { afterAll } from 'vitest';
import { createWebGpuBackend, type WebGpuBackend } from '../gpu/webgpuBackend.ts';
import { storageWalkSuite } from './storageWalk.suite.ts';

const backends = new Map<number, Promise<WebGpuBackend>>();
afterAll(async () => {
  for (const backend of backends.values()) (await backend).destroy();
});

storageWalkSuite((bindingBytes) => {
  const backend = backends.get(bindingBytes) ?? createWebGpuBackend({ bindingBytes });
  backends.set(bindingBytes, backend);
  return backend;
});
