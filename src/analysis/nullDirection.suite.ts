/** The least-read direction added by hand to the final residual gives what the analysis says, the same on every backend. */

import { describe, expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { f32, maxDifference, TINY_PROMPT } from '../../tools/tinyModel.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../weights/testing.ts';
import { type NullDirectionOptions, nullDirection, nullDirectionHooks } from './nullDirection.ts';
import type { NullDirectionArm } from './types/index.ts';
import { nullSpace, unembeddingSpectrum } from './unembeddingSpectrum.ts';

const MODELS: readonly [string, TinyCheckpointOptions][] = [
  ['with LN', { form: 'layer', tied: false }],
  ['LN-free, d_model no multiple of 4', { form: 'lnfree-2025', dModel: 18, nHeads: 3, dVocab: 31 }],
];

const AMOUNTS = [-0.5, 0, 0.5, 2];

export async function askNullDirection(
  model: Model,
  change: Partial<NullDirectionOptions> = {},
  prompt: readonly number[] = TINY_PROMPT,
): Promise<NullDirectionArm> {
  const cache = await model.run([prompt], nullDirectionHooks(model.config));
  try {
    return await nullDirection(
      { model, cache },
      { amounts: AMOUNTS, position: -1, piece: String, ...change },
    );
  } finally {
    cache.dispose();
  }
}

/** Logits at the last position with a vector added to the final residual. */
async function logitsWith(model: Model, amount: number, direction: Float64Array): Promise<Float32Array> {
  const hook = `blocks.${model.config.nLayers - 1}.hook_resid_post`;
  const cache = await model.run([TINY_PROMPT], [hook]);
  const [all] = await cache.ops.read([cache.get(hook)]);
  const d = model.config.dModel;
  const row = all.slice(-d);
  const mean = row.reduce((sum, x) => sum + x, 0) / d;
  const length = Math.sqrt(row.reduce((sum, x) => sum + (x - mean) ** 2, 0));
  const moved = row.map((x, i) => x + amount * length * (direction[i] as number));
  const ops = cache.ops;
  const { normalized } = ops.norm(f32(ops, [1, 1, d], moved), model.params.lnFinal, model.config.norm);
  const [logits] = await ops.read([ops.linearT(normalized, model.params.W_U)]);
  cache.dispose();
  return logits;
}

export function nullDirectionSuite(openBackend: () => Promise<Backend>): void {
  describe.each(MODELS)('%s', (_, options) => {
    test('every amount equals the direction added by hand', async () => {
      const model = await loadModel(await openBackend(), memoryFiles(makeTinyCheckpoint(options)));
      const result = await askNullDirection(model);
      const direction = nullSpace(await unembeddingSpectrum(model), 1)[0] as Float64Array;
      const untouched = distribution(await logitsWith(model, 0, direction));
      for (const [i, amount] of AMOUNTS.entries()) {
        const by = distribution(await logitsWith(model, amount, direction));
        expect(Math.abs((result.entropy.data[i] as number) - entropyOf(by))).toBeLessThan(1e-5);
        const kl = untouched.reduce((sum, p, v) => sum + p * Math.log(p / (by[v] as number)), 0);
        expect(Math.abs((result.kl.data[i] as number) - kl)).toBeLessThan(1e-5);
        expect(result.top[i]?.prob).toBeCloseTo(Math.max(...by), 5);
        expect(by[result.top[i]?.id as number]).toBe(Math.max(...by));
      }
      expect(result.entropy.data[1]).toBeCloseTo(result.entropyBefore, 6);
      expect(result.ratio.data[1]).toBeNaN();
      expect(result.singularValue).toBeLessThan(result.largestSingularValue);
      expect(maxDifference([result.sigmaAfter.data[1] as number], [result.sigma])).toBeLessThan(1e-6);
      model.park();
    });
  });
}

function distribution(logits: Float32Array): Float64Array {
  const max = Math.max(...logits);
  const weights = Float64Array.from(logits, (x) => Math.exp(x - max));
  const sum = weights.reduce((total, x) => total + x, 0);
  return weights.map((x) => x / sum);
}

function entropyOf(p: Float64Array): number {
  return -p.reduce((sum, x) => sum + x * Math.log(x), 0);
}
