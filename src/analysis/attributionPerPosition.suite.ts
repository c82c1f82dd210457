/** Attribution per position closes everywhere and equals dla's own answer position by position, the same on every backend. */

import { describe, expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { TINY_PROMPT } from '../../tools/tinyModel.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import type { LabelledTensor } from '../tensor/tensor.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../weights/testing.ts';
import {
  attributionPerPosition,
  type PerPositionOptions,
  perPositionBetween,
  perPositionHooks,
} from './attributionPerPosition.ts';
import { directLogitAttribution, dlaHooks } from './directLogitAttribution.ts';
import type { DlaPerPositionArm, DlaTerm, DlaUnit } from './types/index.ts';

const MODELS: readonly [string, TinyCheckpointOptions][] = [
  ['with LN', { form: 'layer', tied: false }],
  ['LN-free, d_model no multiple of 4', { form: 'lnfree-2025', dModel: 18, nHeads: 3, dVocab: 31 }],
];

const CONTRASTS = [1, 2, 3, 4, 5, 6, 7, 28];

const QUESTIONS: readonly [string, Partial<PerPositionOptions>][] = [
  ['the next token, centred', {}],
  ['the next token as it is', { centerUnembed: false }],
  ['given targets against given contrasts', { targets: TINY_PROMPT.toReversed(), contrasts: CONTRASTS }],
];

export async function askPerPosition(
  model: Model,
  prompt: readonly number[],
  change: Partial<PerPositionOptions>,
): Promise<DlaPerPositionArm> {
  const options: PerPositionOptions = {
    targets: 'next',
    contrasts: [],
    centerUnembed: true,
    unit: 'head',
    k: 5,
    ...change,
  };
  const cache = await model.run([prompt], perPositionHooks(model.config, options.unit));
  try {
    return await attributionPerPosition({ model, cache }, options);
  } finally {
    cache.dispose();
  }
}

/** The largest error as a share of what it may be. */
export function worstError({ error, tolerance }: DlaPerPositionArm): number {
  return Math.max(...error.data.map((value, p) => value / (tolerance.data[p] as number)));
}

/** Everything of a result at one position, by dla's labels. */
function termsAt({ terms, heads }: DlaPerPositionArm, position: number): Map<string, number> {
  const nLayers = terms.attn.shape[1] as number;
  const at = (tensor: LabelledTensor, i: number) => tensor.data[i] as number;
  const found = new Map([
    ['embed', at(terms.embed, position)],
    ['pos_embed', at(terms.pos_embed, position)],
    ['b_U', at(terms.b_U, position)],
  ]);
  for (let layer = 0; layer < nLayers; layer++) {
    const row = position * nLayers + layer;
    found.set(`L${layer}.attn`, at(terms.attn, row)).set(`L${layer}.mlp`, at(terms.mlp, row));
    const nHeads = heads?.shape[2] ?? 0;
    for (let head = 0; heads && head < nHeads; head++)
      found.set(`L${layer}H${head}`, at(heads, row * nHeads + head));
  }
  return found;
}

function expectTerms(found: ReadonlyMap<string, number>, expected: readonly DlaTerm[]): void {
  expect([...found.keys()].sort()).toEqual(expected.map(({ label }) => label).sort());
  for (const { label, value } of expected)
    expect(Math.abs((found.get(label) as number) - value), label).toBeLessThan(1e-4);
}

export function perPositionSuite(openBackend: () => Promise<Backend>): void {
  describe.each(MODELS)('%s', (_, options) => {
    test.each(QUESTIONS)('%s: closes, and every term is that of dla', async (_, change) => {
      const model = await loadModel(await openBackend(), memoryFiles(makeTinyCheckpoint(options)));
      const heads = await askPerPosition(model, TINY_PROMPT, change);
      const neurons = await askPerPosition(model, TINY_PROMPT, { ...change, unit: 'neuron' });
      const count = change.targets === undefined ? TINY_PROMPT.length - 1 : TINY_PROMPT.length;
      for (const result of [heads, neurons]) {
        expect(result.error.shape).toEqual([count]);
        expect(worstError(result)).toBeLessThan(1);
      }

      const units = ['component', 'head', 'neuron'] as const;
      const cache = await model.run(
        [TINY_PROMPT],
        units.flatMap((unit) => dlaHooks(model.config, unit)),
      );
      for (const [position, target] of heads.targets.entries()) {
        const contrast = heads.contrasts.slice(position, position + 1);
        const dla = (unit: DlaUnit) =>
          directLogitAttribution(
            { model, cache },
            { position, target: [target], contrast, centerUnembed: true, ...change, unit, valueBias: 'head' },
          );
        const [whole, byHead, byNeuron] = [await dla('component'), await dla('head'), await dla('neuron')];
        const onlyHeads = byHead.terms.filter(({ head }) => head !== undefined);
        expectTerms(termsAt(heads, position), [...whole.terms, ...onlyHeads]);
        expectTerms(termsAt(neurons, position), whole.terms);
        expect(Math.abs((heads.actual.data[position] as number) - whole.actual)).toBeLessThan(1e-5);
        expect(heads.convention.scale.data[position]).toBe(whole.convention.scale);

        const largest = byNeuron.terms
          .filter(({ neuron }) => neuron !== undefined)
          .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
        const named = neurons.neurons?.[position] ?? [];
        expect(named.map(({ label }) => label)).toEqual(largest.slice(0, 5).map(({ label }) => label));
        for (const [i, { value }] of named.entries())
          expect(Math.abs(value - (largest[i] as DlaTerm).value)).toBeLessThan(1e-5);
      }
      cache.dispose();
      model.park();
    });
  });

  test('between subtracts every term, and so the sums', async () => {
    const [first, second] = await Promise.all(
      [1, 2].map(async (seed) => {
        const model = await loadModel(await openBackend(), memoryFiles(makeTinyCheckpoint({ seed })));
        const result = await askPerPosition(model, TINY_PROMPT, {});
        model.park();
        return result;
      }),
    );
    if (!first || !second) throw new Error('two results');
    const { terms, heads, sum, actual } = perPositionBetween(first, second);
    expect(heads?.data[10]).toBeCloseTo(
      (second.heads?.data[10] as number) - (first.heads?.data[10] as number),
      6,
    );
    const all = Object.values(terms).map(({ data, shape }: LabelledTensor) => {
      const width = data.length / (shape[0] as number);
      return data.subarray(2 * width, 3 * width).reduce((total, value) => total + value, 0);
    });
    const added = all.reduce((total, value) => total + value, 0);
    expect(added).toBeCloseTo(sum.data[2] as number, 4);
    expect(actual.data[2]).toBeCloseTo(sum.data[2] as number, 4);
  });
}
