/** Activation patching against shared/golden on every backend, and how tests ask for maps. */

import { describe, expect, test } from 'vitest';
import { GOLDEN_ARMS, type GoldenArm, loadGoldenModel } from '../../tools/golden.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import { type PatchQuestion, PatchSweep } from './activationPatching.ts';
import type { ActivationPatchingArm, PatchGranularity, PatchSite } from './types/index.ts';

export interface GoldenPatching {
  clean: string;
  corrupted: string;
  target: number[];
  contrast: number[];
  cleanMetric: number;
  corruptedMetric: number;
  /** By hook, [layer][position], of attn.hook_z [layer][head]. */
  activation: Record<string, number[][]>;
  attribution: Record<string, number[][]>;
}

/** The golden maps by the site and granularity that they are of. */
export const GOLDEN_MAPS: readonly (readonly [hook: string, PatchSite, PatchGranularity])[] = [
  ['hook_resid_pre', 'resid_pre', 'position'],
  ['hook_attn_out', 'attn_out', 'position'],
  ['hook_mlp_out', 'mlp_out', 'position'],
  ['attn.hook_z', 'z', 'head'],
];

/** A question about all layers, with the defaults. */
export function question(model: Model, some: Partial<PatchQuestion>): PatchQuestion {
  return {
    site: 'resid_pre',
    granularity: 'position',
    layers: Array.from({ length: model.config.nLayers }, (_, layer) => layer),
    direction: 'denoising',
    normalise: false,
    target: [3],
    contrast: [],
    ...some,
  };
}

/** The whole map, so much work at a time. */
export async function patch(
  model: Model,
  clean: readonly number[],
  corrupted: readonly number[],
  asked: PatchQuestion,
  work = 30,
): Promise<ActivationPatchingArm> {
  const sweep = new PatchSweep(model.config, asked, clean, corrupted);
  const own = await model.run([sweep.own], sweep.hooks.own);
  const other = await model.run([sweep.other], sweep.hooks.other);
  while (!sweep.finished) await sweep.measure({ model, own, other }, work);
  own.dispose();
  other.dispose();
  return sweep.arm();
}

/** The largest difference of two maps over the largest magnitude of the second. */
export function relativeDifference(map: ArrayLike<number>, expected: readonly number[]): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs((map[i] ?? NaN) - value))) / largest;
}

export function activationPatchingGoldenSuite(openBackend: () => Promise<Backend>): void {
  describe.skipIf(!hasShared).each(GOLDEN_ARMS)('%s', (arm: GoldenArm) => {
    test('patching maps equal shared/golden to 1e-3 of their largest entry', async () => {
      const model = await loadGoldenModel(await openBackend(), arm);
      const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
      const cases = (await readSharedJson<Record<string, GoldenPatching[]>>('golden/patching.json'))[arm];
      expect(cases).toHaveLength(3);
      let worst = 0;
      for (const golden of cases ?? [])
        for (const [hook, site, granularity] of GOLDEN_MAPS) {
          const { target, contrast } = golden;
          const asked = question(model, { site, granularity, target, contrast });
          const map = await patch(
            model,
            prompts[golden.clean] ?? [],
            prompts[golden.corrupted] ?? [],
            asked,
            Number.POSITIVE_INFINITY,
          );
          const name = `${golden.clean} ${hook}`;
          const relative = relativeDifference(map.values.data, (golden.activation[hook] ?? []).flat());
          expect(relative, name).toBeLessThan(1e-3);
          worst = Math.max(worst, relative);
          expect(map.cleanMetric, name).toBeCloseTo(golden.cleanMetric, 3);
          expect(map.corruptedMetric, name).toBeCloseTo(golden.corruptedMetric, 3);
        }
      console.log(`${arm}: 12 patching maps, largest relative difference ${worst.toExponential(1)}`);
      model.park();
    });
  });
}
