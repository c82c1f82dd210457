import { afterAll, beforeAll, describe, test } from 'vitest';
import { normBackCases } from '../backward.suite.ts';
import { compare } from '../compare.suite.ts';
import { continuedCases } from '../rows.suite.ts';
import { createWebGpuBackend, type WebGpuBackend } from '../webgpuBackend.ts';
import { BINDING_BYTES, otherCases, productCases } from './families.suite.ts';

// The register tiles are what ops.gpu.test.ts and parameters.gpu.test.ts run on; weights in fewer bits are read in every
// family by src/model/familyWalk.gpu.test.ts, since each of these kernels takes seconds to compile on a software adapter.
describe.each(['tiles', 'rows'] as const)('the family %s', (family) => {
  let backend: WebGpuBackend;
  beforeAll(async () => {
    backend = await createWebGpuBackend({ family, bindingBytes: BINDING_BYTES });
  });
  afterAll(() => backend?.destroy());

  test('products', async () => {
    for (const { name, tolerance, body } of productCases()) await compare(backend, name, tolerance, body);
  });

  test('norms and attention', async () => {
    for (const { name, tolerance, body } of [...otherCases(), ...continuedCases(), ...normBackCases()])
      await compare(backend, name, tolerance, body);
  });
});
