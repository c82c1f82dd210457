/** What norms divide by and how the residual stream grows, against shared/golden and by hand, the same on every backend. */

import { describe, expect, test } from 'vitest';
import { GOLDEN_ARMS, loadGoldenModel, loadModel, ofPrompt, readGolden } from '../../tools/golden.ts';
import { hasShared, readShared, readSharedJson } from '../../tools/readShared.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import { memoryFiles } from '../weights/memory.ts';
import { normScales, normScalesHooks } from './normScales.ts';

async function ask(model: Model, tokens: readonly number[], options = { centred: true, k: 3 }) {
  const cache = await model.run([tokens], normScalesHooks(model.config));
  const result = await normScales({ model, cache }, options);
  cache.dispose();
  return result;
}

/** Of one position of an activation [pos, d]: its values, without their mean where asked. */
function rowOf(data: Float32Array, d: number, p: number, centred = true): number[] {
  const row = [...data].slice(p * d, (p + 1) * d);
  const mean = centred ? row.reduce((sum, x) => sum + x, 0) / d : 0;
  return row.map((x) => x - mean);
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
const length = (a: readonly number[]) => Math.sqrt(dot(a, a));

export function normScalesSuite(openBackend: () => Promise<Backend>): void {
  describe.skipIf(!hasShared).each(GOLDEN_ARMS)('%s against shared/golden', (arm) => {
    test('σ, lengths, cosines and the largest dimensions', async () => {
      const model = await loadGoldenModel(await openBackend(), arm);
      const d = model.config.dModel;
      const { prompts, full } = await readSharedJson<{ prompts: Record<string, number[]>; full: string[] }>(
        'golden/prompts.json',
      );
      const all = await readGolden(await readShared(`golden/${arm}.safetensors`));
      const prompt = full.find((name) => (prompts[name]?.length ?? 0) > 4) ?? '';
      const tokens = prompts[prompt] ?? [];
      const golden = ofPrompt(all, prompt);
      const hook = (name: string) => golden.get(name)?.data as Float32Array;
      const result = await ask(model, tokens);
      expect(result).toMatchObject({
        norm: arm === 'lnfree' ? 'linear' : 'layer',
        scale: arm === 'lnfree' ? 'would-be' : 'recorded',
        eps: expect.closeTo(1e-5, 12),
        centred: true,
      });

      expect(result.sites).toHaveLength(2 * model.config.nLayers + 1);
      const reads: Record<string, string> = { ln1: 'hook_resid_pre', ln2: 'hook_resid_mid' };
      result.sites.forEach((site, s) => {
        const [, layer, norm = ''] = site.split('.');
        const last = `blocks.${model.config.nLayers - 1}.hook_resid_post`;
        const stream = hook(site === 'ln_final' ? last : `blocks.${layer}.${reads[norm]}`);
        tokens.forEach((_, p) => {
          const sigma = Math.sqrt(length(rowOf(stream, d, p)) ** 2 / d + 1e-5);
          const found = result.sigma.data[s * tokens.length + p] as number;
          expect(Math.abs(found - sigma), `${site} at ${p}`).toBeLessThan(1e-3 * Math.max(1, sigma));
          if (arm !== 'lnfree') expect(found).toBeCloseTo(hook(`${site}.hook_scale`)[p] as number, 3);
        });
      });

      expect(result.stages).toHaveLength(2 * model.config.nLayers + 2);
      result.stages.forEach((stage, s) => {
        const next = result.stages[s + 1];
        tokens.forEach((_, p) => {
          const x = rowOf(hook(stage), d, p);
          const found = result.lengths.data[s * tokens.length + p] as number;
          expect(Math.abs(found - length(x)), `${stage} at ${p}`).toBeLessThan(1e-3 * Math.max(1, length(x)));
          if (!next) return;
          const y = rowOf(hook(next), d, p);
          const cosine = dot(x, y) / (length(x) * length(y));
          expect(result.cosines.data[s * tokens.length + p], `${stage} and ${next}`).toBeCloseTo(cosine, 3);
        });
        const x = rowOf(hook(stage), d, 0);
        const order = [...x.keys()].sort((i, j) => Math.abs(x[j] as number) - Math.abs(x[i] as number));
        result.massive[s]?.first.forEach(({ dimension, value, share }, i) => {
          expect(dimension).toBe(order[i]);
          expect(value).toBeCloseTo(x[dimension] as number, 3);
          expect(share).toBeCloseTo((x[dimension] as number) ** 2 / length(x) ** 2, 4);
        });
      });
      model.park();
    });
  });

  test('the later positions together, uncentred; and a prompt of one token has none', async () => {
    const model = await loadModel(await openBackend(), memoryFiles(TINY_CHECKPOINTS.layer()));
    const d = model.config.dModel;
    const cache = await model.run([TINY_TOKENS], ['blocks.1.hook_resid_post']);
    const [stream] = await cache.ops.read([cache.get('blocks.1.hook_resid_post')]);
    cache.dispose();
    const { massive, lengths } = await ask(model, TINY_TOKENS, { centred: false, k: d });
    const rows = TINY_TOKENS.map((_, p) => rowOf(stream, d, p, false));
    const last = massive.at(-1);
    const total = rows.slice(1).reduce((sum, row) => sum + dot(row, row), 0);
    expect(last?.rest).toHaveLength(d);
    for (const { dimension, value, share } of last?.rest ?? []) {
      const square = rows.slice(1).reduce((sum, row) => sum + (row[dimension] as number) ** 2, 0);
      expect(value).toBeCloseTo(Math.sqrt(square / (rows.length - 1)), 4);
      expect(share).toBeCloseTo(square / total, 5);
    }
    expect(last?.rest.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 5);
    expect(lengths.data.at(-1)).toBeCloseTo(length(rows.at(-1) ?? []), 4);

    const one = await ask(model, TINY_TOKENS.slice(0, 1));
    expect(one.massive.at(-1)).toMatchObject({ first: { length: 3 }, rest: [] });
    await expect(ask(model, TINY_TOKENS, { centred: true, k: 0 })).rejects.toThrow(/k is 0/);
  });
}
