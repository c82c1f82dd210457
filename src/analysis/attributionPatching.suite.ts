/** Attribution patching against shared/golden, against whole gradients, and where it is known how far it is off, on every backend. */

import { describe, expect, test } from 'vitest';
import { GOLDEN_ARMS, loadGoldenModel, loadModel } from '../../tools/golden.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import { InputError } from '../base/errors.ts';
import { gradientsOf } from '../model/backward.ts';
import { blockHook } from '../model/hooks.ts';
import { logitDifference } from '../model/metric.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint } from '../weights/testing.ts';
import {
  GOLDEN_MAPS,
  type GoldenPatching,
  patch,
  question,
  relativeDifference,
} from './activationPatching.suite.ts';
import {
  type AttributedSite,
  type AttributionMap,
  attributionMap,
  attributionMaps,
} from './attributionPatching.ts';
import {
  activations,
  CLEAN,
  CONTRAST,
  CORRUPTED,
  closedForm,
  ENDING,
  LAST,
  METRIC,
  PAIR,
  TARGET,
} from './attributionPatchingError.suite.ts';

const all = (model: Model, some: Partial<AttributedSite>): AttributedSite => ({
  site: 'resid_pre',
  granularity: 'position',
  layers: Array.from({ length: model.config.nLayers }, (_, layer) => layer),
  k: 4,
  ...some,
});

export function attributionPatchingSuite(openBackend: () => Promise<Backend>): void {
  const tiny = async (form: 'layer' | 'lnfree-2025') =>
    loadModel(await openBackend(), memoryFiles(makeTinyCheckpoint({ form })));

  describe.skipIf(!hasShared)('the golden models against shared/golden', () => {
    test.each(GOLDEN_ARMS)('%s', async (arm) => {
      const model = await loadGoldenModel(await openBackend(), arm);
      const golden = await readSharedJson<Record<string, GoldenPatching[]>>('golden/patching.json');
      const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
      let worst = 0;
      for (const pair of golden[arm] ?? []) {
        const [source, patched] = [prompts[pair.clean] as number[], prompts[pair.corrupted] as number[]];
        const metric = logitDifference(patched.length - 1, pair.target, pair.contrast);
        const sites = GOLDEN_MAPS.map(([, site, granularity]) => all(model, { site, granularity }));
        const maps = await attributionMaps(model, { patched, source }, metric, sites);
        for (const [i, [hook]] of GOLDEN_MAPS.entries()) {
          const { values, sourceMetric, patchedMetric } = maps[i] as AttributionMap;
          const off = relativeDifference(values.data, (pair.attribution[hook] as number[][]).flat());
          expect(off, `${pair.clean}|${pair.corrupted}, ${hook}`).toBeLessThan(1e-3);
          worst = Math.max(worst, off);
          expect(sourceMetric).toBeCloseTo(pair.cleanMetric, 3);
          expect(patchedMetric).toBeCloseTo(pair.corruptedMetric, 3);
        }
      }
      console.log(`${arm}: largest difference ${worst.toExponential(1)} of the map's largest`);
      model.park();
    });
  });

  test.each(['z', 'pattern', 'q', 'mlp_pre'] as const)(
    '%s: each part is its share of gradient · change',
    async (site) => {
      const model = await tiny('layer');
      const { nHeads, dMlp } = model.config;
      const pos = CLEAN.length;
      const layers = [1, 0];
      const hooks = layers.map((layer) =>
        blockHook(layer, site === 'mlp_pre' ? 'mlp.hook_pre' : `attn.hook_${site}`),
      );
      const products = await gradientTimesChange(model, hooks);
      const neurons = site === 'mlp_pre';
      for (const granularity of neurons
        ? (['position', 'neuron-topk'] as const)
        : (['position', 'head', 'head-position'] as const)) {
        const map = await attributionMap(model, PAIR, METRIC, all(model, { site, granularity, layers }));
        layers.forEach((_, row) => {
          const product = products[row] as Float64Array;
          const width = product.length / (site === 'pattern' ? nHeads * pos : pos);
          const own = row * (map.values.data.length / layers.length);
          const entries = map.values.data.slice(own, own + map.values.data.length / layers.length);
          const expected = Array.from(entries, () => 0);
          const chosen = map.neurons?.[row] ?? [];
          product.forEach((value, i) => {
            const [p, c] = [Math.floor(i / width) % pos, i % width];
            const h = site === 'pattern' ? Math.floor(i / (width * pos)) : Math.floor((c * nHeads) / width);
            const entry = {
              position: p,
              head: h,
              'head-position': h * pos + p,
              'neuron-topk': chosen.indexOf(c),
            }[granularity];
            if (entry >= 0) expected[entry]! += value;
          });
          expect(relativeDifference(entries, expected), `${granularity}, layer ${layers[row]}`).toBeLessThan(
            1e-4,
          );
          if (granularity !== 'neuron-topk') return;
          const byNeuron = Array.from({ length: dMlp }, (_, n) =>
            Math.abs(product.reduce((sum, value, i) => sum + (i % dMlp === n ? value : 0), 0)),
          );
          expect(chosen.length).toBe(4);
          expect(Math.min(...chosen.map((n) => byNeuron[n] as number))).toBe(
            byNeuron.toSorted((a, b) => b - a)[3],
          );
        });
      }
      model.park();
    },
  );

  test.each(['resid_post', 'mlp_out'] as const)('claim 11, LN-free: exact at the last %s', async (site) => {
    const model = await tiny('lnfree-2025');
    const { estimate, measured } = await atTheEnd(model, site);
    expect(Math.abs(measured)).toBeGreaterThan(0.1);
    expect(Math.abs(estimate - measured)).toBeLessThan(1e-4 * Math.max(1, Math.abs(measured)));
    model.park();
  });

  test.each(['resid_post', 'mlp_out'] as const)(
    'claim 11, LayerNorm: at the last %s off by its closed form',
    async (site) => {
      const model = await tiny('layer');
      const { estimate, measured } = await atTheEnd(model, site);
      const { error, sigmas } = await closedForm(model, site);
      expect(Math.abs(error)).toBeGreaterThan(1e-3);
      expect(sigmas[0]).toBeCloseTo(sigmas[1], 4);
      expect(Math.abs(measured - estimate - error)).toBeLessThan(1e-4);
      model.park();
    },
  );

  test('refused by name: prompts of two lengths, a granularity, a layer or a k that there is not', async () => {
    const model = await tiny('layer');
    const ask = (some: Partial<AttributedSite>, source = CLEAN) =>
      attributionMap(model, { patched: CORRUPTED, source }, METRIC, all(model, some));
    await expect(ask({}, CLEAN.slice(1))).rejects.toThrow(InputError);
    await expect(ask({}, CORRUPTED)).rejects.toThrow(InputError);
    await expect(ask({ granularity: 'head' })).rejects.toThrow(InputError);
    await expect(ask({ layers: [2] })).rejects.toThrow(InputError);
    await expect(ask({ site: 'mlp_post', granularity: 'neuron-topk', k: 0 })).rejects.toThrow(InputError);
    model.park();
  });
}

/** Per hook, gradient · (other − own) number by number, in f64. */
async function gradientTimesChange(model: Model, hooks: readonly string[]): Promise<Float64Array[]> {
  const gradients = await gradientsOf(model, [CORRUPTED], METRIC, hooks);
  const slopes = await gradients.ops.read(hooks.map((hook) => gradients.get(hook)));
  gradients.dispose();
  const [own, other] = [await activations(model, CORRUPTED, hooks), await activations(model, CLEAN, hooks)];
  return hooks.map((_, i) =>
    Float64Array.from(
      slopes[i] as Float32Array,
      (g, j) => g * ((other[i]?.[j] as number) - (own[i]?.[j] as number)),
    ),
  );
}

/** What patching the last position of the last block's site does, estimated and measured. */
async function atTheEnd(model: Model, site: 'resid_post' | 'mlp_out') {
  const layers = [model.config.nLayers - 1];
  const map = await attributionMap(model, ENDING, METRIC, all(model, { site, layers }));
  const asked = question(model, { site, layers, target: TARGET, contrast: CONTRAST });
  const measured = await patch(model, ENDING.source, ENDING.patched, asked);
  return { estimate: map.values.data[LAST] as number, measured: measured.values.data[LAST] as number };
}
