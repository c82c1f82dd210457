import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare } from '../compare.suite.ts';
import { createWebGpuBackend, type WebGpuBackend } from '../webgpuBackend.ts';
import { BINDING_BYTES, type FamilyCase, otherCases, productCases } from './families.suite.ts';
import { FAMILY_NAMES } from './family.ts';

describe.each(FAMILY_NAMES)('the family %s', (family) => {
  let backend: WebGpuBackend;
  beforeAll(async () => {
    backend = await createWebGpuBackend({ family, bindingBytes: BINDING_BYTES });
  });
  afterAll(() => backend?.destroy());

  async function hold(cases: readonly FamilyCase[]): Promise<void> {
    for (const { name, tolerance, body } of cases) await compare(backend, name, tolerance, body);
  }

  test('computes when it is asked for', () => {
    expect(backend.choice).toEqual({ families: { few: family, some: family, many: family }, by: 'forced' });
  });

  test('norms and attention', () => hold(otherCases()));

  test.each(['f32', 'f16', 'q8'] as const)('products with %s weights', (storage) =>
    hold(productCases(storage)),
  );
});
