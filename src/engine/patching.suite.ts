/** For tests of patching through the service: a tiny pair of two arms, and prompts that differ in two tokens. */

import { createCpuService } from '../../tools/cpuService.ts';
import { makeTinyCheckpoint, type TinyForm } from '../weights/testing.ts';
import type { EngineService } from './service.ts';

const files = (form: TinyForm, seed: number) =>
  [...makeTinyCheckpoint({ form, seed, nLayers: 3 })].map(([name, bytes]) => new File([bytes], name));

/** A service with the pair `mine` of three layers, with LayerNorm and without. */
export async function serviceWith(
  residency: 'all' | 'one-at-a-time' = 'all',
  service = createCpuService(),
): Promise<EngineService> {
  await service.start();
  await service.add({ id: 'mine', arms: { original: files('layer', 1), lnfree: files('lnfree-2025', 2) } });
  await service.load({ pair: 'mine', residency, dtype: 'f32' });
  return service;
}

/** Seven tokens of which the third and the fifth differ. */
export const PAIR = {
  clean: { tokens: [28, 3, 14, 1, 5, 9, 2] },
  corrupted: { tokens: [28, 3, 11, 1, 7, 9, 2] },
  target: 4,
  contrast: [7, 8],
};
