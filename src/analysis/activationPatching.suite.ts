/** Activation patching against shared/golden, against whole runs one by one, and where its result is known, on every backend. */

import { describe, expect, test } from 'vitest';
import { GOLDEN_ARMS, type GoldenArm, loadGoldenModel, loadModel } from '../../tools/golden.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint } from '../weights/testing.ts';
import { type PatchQuestion, PatchSweep } from './activationPatching.ts';
import { patchedOneByOne } from './activationPatchingLoop.suite.ts';
import { patchSite } from './activationPatchingSites.ts';
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

type Form = 'layer' | 'lnfree-2025';

/** Prompts of seven tokens whose first differing token is the third, and which agree again after it. */
const CLEAN = [28, 3, 14, 1, 5, 9, 2];
const CORRUPTED = [28, 3, 11, 1, 7, 9, 2];

const SITES: readonly PatchSite[] = [
  'resid_pre',
  'resid_mid',
  'resid_post',
  'attn_out',
  'mlp_out',
  'q',
  'k',
  'v',
  'z',
  'pattern',
  'mlp_pre',
  'mlp_post',
];
const GRANULARITIES: readonly PatchGranularity[] = ['position', 'head', 'head-position', 'neuron-topk'];

/** Every site with every granularity that it has. */
const KINDS = SITES.flatMap((site) =>
  GRANULARITIES.flatMap((granularity) => {
    try {
      patchSite(site, granularity);
      return [[site, granularity] as const];
    } catch {
      return [];
    }
  }),
);

async function tinyModel(backend: Backend, form: Form): Promise<Model> {
  return loadModel(backend, memoryFiles(makeTinyCheckpoint({ form, nLayers: 3 })));
}

/** `every`: how many entries of a map there are for one that is measured the long way too. */
export function activationPatchingSuite(openBackend: () => Promise<Backend>, every: number): void {
  describe.each<Form>(['layer', 'lnfree-2025'])('%s', (form) => {
    test('maps equal whole runs one by one to 1e-4: every site and granularity, odd sizes', async () => {
      expect(KINDS).toHaveLength(24);
      const model = await tinyModel(await openBackend(), form);
      for (const [i, [site, granularity]] of KINDS.entries()) {
        const asked = question(model, {
          site,
          granularity,
          direction: i % 2 ? 'noising' : 'denoising',
          target: [4, 9],
          contrast: i % 3 ? [7] : [],
          ...(i % 4 === 3 && { layers: [0, 2] }),
          ...(granularity === 'neuron-topk' && {
            layers: [1, 2],
            neurons: [
              [0, 47, 5],
              [9, 8, 7],
            ],
          }),
        });
        const map = await patch(model, CLEAN, CORRUPTED, asked, [0, 40, 1000][i % 3]);
        const expected = await patchedOneByOne(model, CLEAN, CORRUPTED, asked, every);
        const name = `${site} by ${granularity}`;
        expect(expected.size, name).toBe(Math.ceil(map.values.data.length / every));
        for (const [place, value] of expected)
          expect(
            Math.abs((map.values.data[place] as number) - value),
            `${name}, entry ${place}`,
          ).toBeLessThan(1e-4);
        expect(Math.max(...map.values.data.map(Math.abs)), name).toBeGreaterThan(1e-3);
      }
      model.park();
    });

    test('claim 12: the only differing token at layer 0 is the whole difference, every other one none', async () => {
      const model = await tinyModel(await openBackend(), form);
      const corrupted = CLEAN.with(2, 11);
      for (const direction of ['denoising', 'noising'] as const) {
        const sign = direction === 'denoising' ? 1 : -1;
        const asked = question(model, { direction, normalise: true, contrast: [7] });
        const first = await patch(model, CLEAN, corrupted, asked);
        expect(first.warning).toBeNull();
        expect(first.dividedBy).toBeCloseTo(first.cleanMetric - first.corruptedMetric, 6);
        const [pos, [...row]] = [CLEAN.length, first.values.data.subarray(0, CLEAN.length)];
        expect(Math.abs((row[2] as number) - sign)).toBeLessThan(1e-3);
        expect(row.with(2, 0)).toEqual(Array(pos).fill(0));
        const last = await patch(model, CLEAN, corrupted, { ...asked, site: 'resid_post', layers: [2] });
        expect(Math.abs((last.values.data[pos - 1] as number) - sign)).toBeLessThan(1e-3);
        expect([...last.values.data].with(pos - 1, 0)).toEqual(Array(pos).fill(0));
      }
      model.park();
    });
  });
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
