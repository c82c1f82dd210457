/** Activation patching against whole runs one by one, and where its result is known, on every backend. */

import { describe, expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint } from '../weights/testing.ts';
import { patch, question } from './activationPatching.suite.ts';
import { patchedOneByOne } from './activationPatchingLoop.suite.ts';
import { patchSite } from './activationPatchingSites.ts';
import type { ActivationPatchingArm, PatchGranularity, PatchSite } from './types/index.ts';

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

/** To 1e-4, of the largest effect where that is above 1. */
function expectSame(
  { values: { data } }: ActivationPatchingArm,
  expected: ReadonlyMap<number, number>,
  name: string,
): void {
  const largest = Math.max(1, ...[...expected.values()].map(Math.abs));
  for (const [place, value] of expected)
    expect(Math.abs((data[place] as number) - value) / largest, `${name}, entry ${place}`).toBeLessThan(1e-4);
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
        expectSame(map, expected, name);
        expect(Math.max(...map.values.data.map(Math.abs)), name).toBeGreaterThan(1e-3);
      }
      model.park();
    });

    test('prompts of one token, and prompts that differ in their first', async () => {
      const model = await tinyModel(await openBackend(), form);
      for (const [clean, corrupted] of [
        [[3], [4]],
        [
          [3, 9, 2],
          [5, 9, 1],
        ],
      ] as const)
        for (const [site, granularity] of [
          ['resid_pre', 'position'],
          ['v', 'head'],
          ['z', 'head-position'],
          ['mlp_out', 'position'],
        ] as const) {
          const asked = question(model, { site, granularity });
          const map = await patch(model, clean, corrupted, asked);
          expectSame(map, await patchedOneByOne(model, clean, corrupted, asked), site);
        }
      model.park();
    });

    test.each(['f16', 'q8'] as const)('the same of weights kept as %s', async (dtype) => {
      const files = memoryFiles(makeTinyCheckpoint({ form, nLayers: 3, dModel: 36 }));
      const model = await loadModel(await openBackend(), files, dtype);
      for (const [site, granularity] of [
        ['resid_pre', 'position'],
        ['k', 'head'],
        ['mlp_post', 'position'],
      ] as const) {
        const asked = question(model, { site, granularity });
        const map = await patch(model, CLEAN, CORRUPTED, asked);
        expectSame(map, await patchedOneByOne(model, CLEAN, CORRUPTED, asked, every), site);
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
