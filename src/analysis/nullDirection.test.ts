import { describe, expect, test } from 'vitest';
import { loadGoldenModel } from '../../tools/golden.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import { tiny } from '../../tools/tinyModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { rankConfidenceNeurons } from './confidenceNeurons.ts';
import { askNullDirection, nullDirectionSuite } from './nullDirection.suite.ts';
import { nullSpace, unembeddingSpectrum } from './unembeddingSpectrum.ts';

nullDirectionSuite(async () => createCpuBackend());

describe.skipIf(!hasShared)('the demo arms', () => {
  const at = async (arm: 'original' | 'vanilla' | 'lnfree') => {
    const model = await loadGoldenModel(createCpuBackend(), arm);
    const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
    return { model, story: prompts.story as number[] };
  };

  test.each(['original', 'vanilla'] as const)('%s: the entropy follows the temperature', async (arm) => {
    const { model, story } = await at(arm);
    const { ratio, sigmaAfter, sigma } = await askNullDirection(model, { amounts: [1.5, 2] }, story);
    expect(sigmaAfter.data[1]).toBeGreaterThan(1.5 * sigma);
    for (const value of ratio.data) expect(Math.abs(value - 1)).toBeLessThan(0.35);
  });

  test('lnfree: far less happens', async () => {
    const { model, story } = await at('lnfree');
    const { ratio } = await askNullDirection(model, { amounts: [1.5, 2] }, story);
    for (const value of ratio.data) expect(Math.abs(value)).toBeLessThan(0.55);
  });

  test('claim 23, its method: one exact zero, and no null space that neurons write into', async () => {
    for (const arm of ['original', 'vanilla', 'lnfree'] as const) {
      const { model } = await at(arm);
      const spectrum = await unembeddingSpectrum(model);
      const normalised = spectrum.singularValues.map((s) => s / (spectrum.singularValues[0] as number));
      // All-ones is an exact zero because the norm centres; our small unembeddings have no other.
      expect(normalised.filter((s) => s < 1e-6).length).toBe(1);
      for (const direction of nullSpace(spectrum, 2)) {
        expect(Math.abs(direction.reduce((sum, x) => sum + x, 0))).toBeLessThan(1e-6);
      }
      // Without a null space neurons write there no more than anywhere: a direction at random has 2 of 127 shares.
      const { ranking } = await rankConfidenceNeurons(model, 2);
      const shares = ranking.map(({ nullShare }) => nullShare).sort((x, y) => x - y);
      const median = shares[shares.length / 2] as number;
      expect(median / (2 / 127)).toBeGreaterThan(0.3);
      expect(median / (2 / 127)).toBeLessThan(2);
    }
  });
});

test.each([
  ['no amounts', []],
  ['an amount that is no number', [0, Number.NaN]],
  ['too many', Array(129).fill(0)],
])('%s: an InputError that says what is allowed', async (_, amounts) => {
  const { model } = await tiny({ form: 'layer' });
  await expect(askNullDirection(model, { amounts })).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringMatching(/1 to 128 numbers/),
  });
});
