/** Direct effects against plain doubles and shared/golden, and the identity that ties them to attribution, on every backend. */

import { describe, expect, test } from 'vitest';
import { GOLDEN_ARMS, type GoldenArm, loadGoldenModel, loadModel } from '../../tools/golden.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import { TINY_PROMPT } from '../../tools/tinyModel.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import type { StorageDType } from '../tensor/params.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../weights/testing.ts';
import { type DirectEffectOptions, directEffect, directEffectHooks } from './directEffect.ts';
import { directLogitAttribution, dlaHooks } from './directLogitAttribution.ts';
import type { DirectEffectArm, DlaUnit } from './types/index.ts';

const MODELS: readonly [string, TinyCheckpointOptions, StorageDType][] = [
  ['with LN, untied, f32', { form: 'layer', tied: false, seed: 2 }, 'f32'],
  ['with LN, f16, d_model no multiple of 4', { form: 'layer', dModel: 18, nHeads: 3, dVocab: 31 }, 'f16'],
  ['LN-free, q8', { form: 'lnfree-2025', tied: false, dVocab: 37 }, 'q8'],
];

export async function askDirectEffect(
  model: Model,
  prompt: readonly number[],
  change: Partial<DirectEffectOptions>,
): Promise<DirectEffectArm> {
  const options: DirectEffectOptions = {
    positions: -1,
    target: [5],
    contrast: [],
    centerUnembed: true,
    unit: 'head',
    layers: null,
    ...change,
  };
  const cache = await model.run([prompt], directEffectHooks(model.config, options.unit, options.layers));
  try {
    return await directEffect({ model, cache }, options);
  } finally {
    cache.dispose();
  }
}

async function askDla(model: Model, position: number, target: number[], contrast: number[], unit: DlaUnit) {
  const cache = await model.run([TINY_PROMPT], dlaHooks(model.config, unit));
  const dla = await directLogitAttribution(
    { model, cache },
    { position, target, contrast, centerUnembed: true, unit, valueBias: 'head' },
  );
  cache.dispose();
  return new Map(dla.terms.map(({ label, value }) => [label, value]));
}

export function directEffectSuite(openBackend: () => Promise<Backend>): void {
  describe.each(MODELS)('%s', (_, options, dtype) => {
    const load = async () => loadModel(await openBackend(), memoryFiles(makeTinyCheckpoint(options)), dtype);

    test('the attribution is dla’s own, the identity closes, and one position of several is that position alone', async () => {
      const model = await load();
      for (const unit of ['head', 'component'] as const) {
        const whole = await askDirectEffect(model, TINY_PROMPT, { positions: 'all', target: 'next', unit });
        expect(whole.positions).toEqual([1, 2, 3, 4, 5, 6]);
        expect(whole.identityError).toBeLessThanOrEqual(whole.identityTolerance);
        const i = 3; // position 4, whose next token is 9
        const one = await askDirectEffect(model, TINY_PROMPT, { positions: 4, target: [9], unit });
        const dla = await askDla(model, 4, [9], [], unit);
        expect(one.terms.length).toBe(dla.size - 1); // all but b_U
        one.terms.forEach((term, t) => {
          expect(Math.abs(term.dla - (dla.get(term.label) ?? NaN)), term.label).toBeLessThan(2e-5);
          const at = i * one.terms.length + t;
          expect(Math.abs(term.dla - (whole.samples?.dla.data[at] as number))).toBeLessThan(2e-5);
          expect(Math.abs(term.directEffect - (whole.samples?.directEffect.data[at] as number))).toBeLessThan(
            2e-5,
          );
        });
      }
      model.park();
    });

    test('without LN the two agree; with LN they do not', async () => {
      const model = await load();
      const { nmae, terms } = await askDirectEffect(model, TINY_PROMPT, { target: [3, 7], contrast: [1] });
      if (options.form === 'lnfree-2025') {
        expect(nmae.pooled.value).toBeLessThan(0.05);
        expect(terms.every(({ scaleWithout }) => scaleWithout === 1)).toBe(true);
      } else {
        expect(nmae.pooled.value).toBeGreaterThan(1);
        expect(nmae.pooled.low).toBeLessThanOrEqual(nmae.pooled.value);
        expect(nmae.pooled.high).toBeGreaterThanOrEqual(nmae.pooled.value);
      }
      model.park();
    });

    test('neurons by the identity are dla’s neurons, and those taken out in earnest agree', async () => {
      const model = await load();
      const result = await askDirectEffect(model, TINY_PROMPT, {
        unit: 'neuron',
        layers: 'all',
        target: [3],
        contrast: [8],
      });
      const dla = await askDla(model, TINY_PROMPT.length - 1, [3], [8], 'neuron');
      expect(result.terms).toHaveLength(model.config.nLayers * model.config.dMlp);
      for (const { label, dla: value } of result.terms)
        expect(Math.abs(value - (dla.get(label) ?? NaN)), label).toBeLessThan(2e-5);
      expect(result.checked?.neurons).toBe(16 * model.config.nLayers);
      expect(result.checked?.worst).toBeLessThan(1e-4);
      if (options.form === 'layer') expect(result.nmae.pooled.value).toBeGreaterThan(0.1);
      model.park();
    });
  });

  describe.skipIf(!hasShared).each(GOLDEN_ARMS)('%s', (arm: GoldenArm) => {
    test('direct effects equal shared/golden to 1e-3, and the identity closes at every position', async () => {
      const model = await loadGoldenModel(await openBackend(), arm);
      const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
      const cases = (await readSharedJson<Record<string, GoldenEffects[]>>('golden/direct-effect.json'))[arm];
      let largest = 0;
      for (const { prompt, position, target, contrast = [], effects } of cases ?? []) {
        const result = await askDirectEffect(model, prompts[prompt] ?? [], {
          positions: position,
          target,
          contrast,
        });
        expect(result.terms.map(({ label }) => label)).toEqual(Object.keys(effects));
        for (const { label, directEffect: effect } of result.terms)
          largest = Math.max(largest, Math.abs(effect - (effects[label] ?? NaN)));
      }
      expect(cases?.length).toBeGreaterThan(5);
      expect(largest).toBeLessThan(1e-3);

      const story = await askDirectEffect(model, prompts.story ?? [], { positions: 'all', target: 'next' });
      expect(story.identityError).toBeLessThanOrEqual(story.identityTolerance);
      if (arm === 'lnfree') expect(story.nmae.pooled.value).toBeLessThan(0.05);
      else expect(story.nmae.pooled.value).toBeGreaterThan(5);
      const { pooled, meanOfTerms } = story.nmae;
      console.log(
        `${arm}: ${cases?.length} questions, largest difference ${largest.toExponential(1)}; identity within ${story.identityError.toExponential(1)}; NMAE pooled ${pooled.value.toFixed(4)} % [${pooled.low.toFixed(2)}, ${pooled.high.toFixed(2)}], mean over heads ${meanOfTerms.value.toFixed(4)} %`,
      );
      model.park();
    });
  });
}

interface GoldenEffects {
  prompt: string;
  position: number;
  target: number[];
  contrast?: number[];
  effects: Record<string, number>;
}
