import { afterAll } from 'vitest';
import type { FamilyName } from '../gpu/families/family.ts';
import { FAMILY_NAMES } from '../gpu/families/family.ts';
import { createWebGpuBackend, type WebGpuBackend } from '../gpu/webgpuBackend.ts';
import { familyWalkSuite } from './familyWalk.suite.ts';

const backends = new Map<FamilyName, Promise<WebGpuBackend>>();
afterAll(async () => {
  for (const backend of backends.values()) (await backend).destroy();
});

familyWalkSuite(FAMILY_NAMES, (family) => {
  const backend = backends.get(family) ?? createWebGpuBackend({ family });
  backends.set(family, backend);
  return backend;
});
