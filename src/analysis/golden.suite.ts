/** Attribution and confidence neurons against shared/golden, the same on every backend. */

import { describe, expect, test } from 'vitest';
import { GOLDEN_ARMS, type GoldenArm, loadGoldenModel } from '../../tools/golden.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import { askPerPosition, worstError } from './attributionPerPosition.suite.ts';
import { confidenceHooks, confidenceNeurons, rankConfidenceNeurons } from './confidenceNeurons.ts';
import { directLogitAttribution, dlaHooks } from './directLogitAttribution.ts';
import type { DlaUnit } from './types/index.ts';

const UNITS: readonly DlaUnit[] = ['component', 'head', 'neuron', 'head-source'];

interface GoldenDla {
  prompt: string;
  position: number;
  target: number[];
  contrast?: number[];
  unit: DlaUnit;
  terms: Record<string, number>;
  sum: number;
  actual: number;
}

interface GoldenNeurons {
  order: number[];
  norm: number[];
  logitVar: number[];
  singularValues: number[];
}

type Prompts = { prompts: Record<string, number[]> };

const everyHook = (model: Model) => [...new Set(UNITS.flatMap((unit) => dlaHooks(model.config, unit)))];

export function analysisGoldenSuite(openBackend: () => Promise<Backend>): void {
  describe.skipIf(!hasShared).each(GOLDEN_ARMS)('%s', (arm: GoldenArm) => {
    test('dla equals shared/golden, term by term, to 1e-3', async () => {
      const model = await loadGoldenModel(await openBackend(), arm);
      const { prompts } = await readSharedJson<Prompts>('golden/prompts.json');
      const cases = (await readSharedJson<Record<string, GoldenDla[]>>('golden/dla.json'))[arm] ?? [];
      expect(cases.length).toBeGreaterThan(15);
      let largest = 0;
      for (const golden of cases) {
        const cache = await model.run([prompts[golden.prompt] ?? []], dlaHooks(model.config, golden.unit));
        const dla = await directLogitAttribution(
          { model, cache },
          { ...golden, contrast: golden.contrast ?? [], centerUnembed: true, valueBias: 'head' },
        );
        cache.dispose();
        const name = `${golden.prompt} ${golden.unit}`;
        expect(
          dla.terms.map((term) => term.label),
          name,
        ).toEqual(Object.keys(golden.terms));
        const worst = Math.max(
          ...dla.terms.map((term) => Math.abs(term.value - (golden.terms[term.label] ?? NaN))),
        );
        expect(worst, name).toBeLessThan(1e-3);
        largest = Math.max(largest, worst);
        expect(Math.abs(dla.actual - golden.actual), name).toBeLessThan(1e-3);
        expect(Math.abs(dla.sum - golden.sum), name).toBeLessThan(1e-3);
      }
      console.log(
        `${arm}: ${cases.length} attributions, largest difference of a term ${largest.toExponential(1)}`,
      );
      model.park();
    });

    test('dla closes to the logit at every position of every prompt, all units, both gauges', async () => {
      const model = await loadGoldenModel(await openBackend(), arm);
      const { prompts } = await readSharedJson<Prompts>('golden/prompts.json');
      let closed = 0;
      let largest = 0;
      for (const [prompt, tokens] of Object.entries(prompts)) {
        const cache = await model.run([tokens], everyHook(model));
        for (const [position] of tokens.entries()) {
          for (const [i, unit] of UNITS.entries()) {
            const dla = await directLogitAttribution(
              { model, cache },
              {
                position,
                target: [tokens[position + 1] ?? 0],
                contrast: position % 2 ? [(position * 37) % model.config.dVocab] : [],
                centerUnembed: true,
                unit,
                valueBias: (position + i) % 2 ? 'head' : 'folded',
              },
            );
            expect(dla.error, `${prompt}, position ${position}, ${unit}`).toBeLessThanOrEqual(dla.tolerance);
            closed++;
            largest = Math.max(largest, dla.error);
          }
        }
        cache.dispose();
      }
      expect(closed).toBe(4 * Object.values(prompts).flat().length);
      console.log(
        `${arm}: ${closed} attributions closed, largest |sum − actual| ${largest.toExponential(1)}`,
      );
      model.park();
    });

    test('attribution per position closes on every prompt, heads and neurons', async () => {
      const model = await loadGoldenModel(await openBackend(), arm);
      const { prompts } = await readSharedJson<Prompts>('golden/prompts.json');
      let closed = 0;
      let largest = 0;
      for (const [prompt, tokens] of Object.entries(prompts).filter(([, { length }]) => length > 1)) {
        for (const unit of ['head', 'neuron'] as const) {
          const contrasts =
            unit === 'head' ? [] : tokens.slice(1).map((id) => (id * 37) % model.config.dVocab);
          const result = await askPerPosition(model, tokens, { unit, contrasts });
          expect(worstError(result), `${prompt}, ${unit}`).toBeLessThanOrEqual(1);
          closed += result.error.data.length;
          largest = Math.max(largest, ...result.error.data);
        }
      }
      expect(closed).toBeGreaterThan(100);
      console.log(`${arm}: ${closed} positions closed, largest |sum − actual| ${largest.toExponential(1)}`);
      model.park();
    });

    test('confidence neurons: order, norm, LogitVar and spectrum equal shared/golden', async () => {
      const model = await loadGoldenModel(await openBackend(), arm);
      const golden = (await readSharedJson<Record<string, GoldenNeurons>>('golden/confidence-neurons.json'))[
        arm
      ];
      if (!golden) throw new Error(`no golden neurons for ${arm}`);
      const own = await rankConfidenceNeurons(model, 2);
      const best = own.ranking.slice(0, golden.order.length);
      expect(best.map((stats) => stats.neuron)).toEqual(golden.order);
      best.forEach((stats, i) => {
        expect(stats.norm).toBeCloseTo(golden.norm[i] as number, 6);
        expect(stats.logitVar).toBeCloseTo(golden.logitVar[i] as number, 8);
      });
      golden.singularValues.forEach((value, i) => {
        expect(
          Math.abs((own.spectrum.singularValues[i] as number) - value),
          `singular value ${i}`,
        ).toBeLessThan(1e-4);
      });

      const { prompts } = await readSharedJson<Prompts>('golden/prompts.json');
      const cache = await model.run([prompts.give ?? []], confidenceHooks(model.config));
      const result = await confidenceNeurons({ model, cache }, own, arm, golden.order);
      const [post] = await cache.ops.read([cache.get(`blocks.${model.config.nLayers - 1}.mlp.hook_post`)]);
      expect(result.activations.shape).toEqual([prompts.give?.length, golden.order.length]);
      expect(result.activations.data[3 * golden.order.length + 1]).toBe(
        post[3 * model.config.dMlp + (golden.order[1] ?? 0)],
      );
      cache.dispose();
      model.park();
    });
  });
}
