import { describe, expect, test } from 'vitest';
import { floatsOf, readHook, TINY_PROMPT, tiny } from '../../tools/tinyModel.ts';
import { blockHook } from '../model/hooks.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { askDirectEffect, directEffectSuite } from './directEffect.suite.ts';
import { errorsOf, nmae, termNmae } from './directEffectError.ts';

directEffectSuite(async () => createCpuBackend());

const last = TINY_PROMPT.length - 1;

test.each(['layer', 'lnfree-2025'] as const)(
  'claims 5 and 6 (%s): what a head’s removal does, in plain doubles',
  async (form) => {
    const { config, host, model } = await tiny({ form, seed: 4 });
    const { dModel: d, dHead, nLayers } = config;
    const [gain, bias, W_U] = [host.lnFinal.w, host.lnFinal.b, host.W_U].map(floatsOf) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const W_O = floatsOf((host.blocks[1] as (typeof host.blocks)[number]).W_O);
    const row = async (hook: string) =>
      (await readHook(model, TINY_PROMPT, hook)).slice(last * d, (last + 1) * d);
    const residual = await row(blockHook(nLayers - 1, 'hook_resid_post'));
    const z = await row(blockHook(1, 'attn.hook_z'));

    /** σ, and logit 3 − logit 7, of a final residual. */
    const readOut = (x: ArrayLike<number>) => {
      const values = Array.from(x);
      const mean = values.reduce((sum, v) => sum + v, 0) / d;
      const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / d;
      const sigma = config.norm.kind === 'layer' ? Math.sqrt(variance + config.norm.eps) : 1;
      const u = (i: number) => (W_U[3 * d + i] as number) - (W_U[7 * d + i] as number);
      const value = values.reduce(
        (sum, v, i) => sum + (((v - mean) / sigma) * (gain[i] as number) + (bias[i] as number)) * u(i),
        0,
      );
      return { sigma, value };
    };
    const result = await askDirectEffect(model, TINY_PROMPT, { target: [3], contrast: [7] });
    const whole = readOut(residual);
    expect(result.convention.scale).toBeCloseTo(whole.sigma, 5);
    for (let head = 0; head < config.nHeads; head++) {
      const without = readOut(
        residual.map((v, i) => {
          let written = 0;
          for (let j = head * dHead; j < (head + 1) * dHead; j++)
            written += (z[j] as number) * (W_O[j * d + i] as number);
          return v - written;
        }),
      );
      const term = result.terms.find(({ label }) => label === `L1H${head}`);
      expect(term?.directEffect).toBeCloseTo(whole.value - without.value, 4);
      expect(term?.scaleWithout).toBeCloseTo(without.sigma, 5);
      const { scaleWithout, identity, difference } = term as NonNullable<typeof term>;
      expect(Math.abs(identity.scaleWithout / scaleWithout - 1)).toBeLessThan(1e-5);
      expect(Math.abs(difference - identity.difference)).toBeLessThan(1e-4);
      if (form === 'lnfree-2025') expect(Math.abs(difference)).toBeLessThan(1e-5);
      else expect(Math.abs(difference)).toBeGreaterThan(1e-4);
    }
  },
);

describe('NMAE', () => {
  // Two heads at two positions: [position, head].
  const errors = errorsOf([1, -1, 3, 0], [2, 10, -2, -10], 2);

  test('per head and pooled are two numbers', () => {
    expect(termNmae(errors)).toEqual([100, 5]);
    const { pooled, meanOfTerms } = nmae(errors);
    expect(pooled.value).toBeCloseTo((100 * 5) / 24, 10);
    expect(meanOfTerms.value).toBeCloseTo(52.5, 10);
    expect(meanOfTerms).toMatchObject({ low: 5, high: 100 });
  });

  test('intervals are seeded, and a point where all is alike', () => {
    expect(nmae(errors)).toEqual(nmae(errors));
    const same = nmae(errorsOf([1, 1, 1, 1], [4, 4, 4, 4], 2));
    expect(same.pooled).toEqual({ value: 25, low: 25, high: 25 });
  });
});

describe('what cannot be asked says what to do', () => {
  const ask = async (
    change: Parameters<typeof askDirectEffect>[2],
    prompt: readonly number[] = TINY_PROMPT,
  ) => askDirectEffect((await tiny({ form: 'layer' })).model, prompt, change);

  test.each([
    ['no token follows the last', { positions: [7], target: 'next' }, 'Position 7 is the last'],
    ['no position', { positions: [], target: 'next' }, 'Name at least one'],
    ['a position beyond the prompt', { positions: [99], target: 'next' }, 'Position 99'],
    ['neurons of several positions', { positions: 'all', target: 'next', unit: 'neuron' }, 'at one position'],
    ['a layer that is not there', { unit: 'neuron', layers: [9] }, 'from 0 to 1'],
    ['an empty target', { target: [] }, 'at least one token'],
  ] as const)('%s', async (_, change, words) => {
    await expect(ask(change)).rejects.toThrow(words);
  });

  test('a prompt too short for any target', async () => {
    await expect(ask({ positions: 'all', target: 'next' }, [28, 3])).rejects.toThrow('Make it longer');
    const own = await ask({ positions: 'all', target: 'last-input' }, [28, 3]);
    expect(own.targets).toEqual([[3]]);
  });
});
