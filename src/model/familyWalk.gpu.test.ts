import { afterAll } from 'vitest';
import { FAMILY_NAMES, type FamilyName, takesFamily } from '../gpu/families/family.ts';
import { createWebGpuBackend, type WebGpuBackend } from '../gpu/webgpuBackend.ts';
import { familyWalkSuite } from './familyWalk.suite.ts';

const backends = new Map<FamilyName, Promise<WebGpuBackend>>();
afterAll(async () => {
  for (const backend of backends.values()) (await backend).destroy();
});

const features = (await navigator.gpu.requestAdapter())?.features;
const families = FAMILY_NAMES.filter((family) => takesFamily(features, family));

familyWalkSuite(families, (family) => {
  const backend = backends.get(family) ?? createWebGpuBackend({ family });
  backends.set(family, backend);
  return backend;
});
