import { describe, expect, test } from 'vitest';
import { gpt2Config, type ModelConfig, paramShapes, storageBytes, storageOf } from '../tensor/params.ts';
import type { BudgetInput } from './budget.ts';
import { planBudget, weightBytes, workingBytes } from './budget.ts';
import { REGISTRY } from './registry.ts';

const GIB = 2 ** 30;

function gpt2(size: string): ModelConfig {
  const pair = REGISTRY.find(({ id }) => id === `gpt2-${size}`);
  if (!pair) throw new Error(size);
  return gpt2Config(pair.architecture);
}

/** Arms of one size on a device with so much room; XL is planned here without a byte being allocated. */
function plan(size: string, room: number, change: Partial<BudgetInput> = {}, arms = ['original', 'lnfree']) {
  const asked: number[] = [];
  const config = gpt2(size);
  const budget = planBudget({
    pair: size,
    engine: 'wgsl',
    arms: arms.map((id) => ({ id, config, source: { files: 1000, stored: 400 }, loaded: false })),
    inUse: 0,
    allocated: 0,
    limits: { bufferBytes: 2 * GIB, bindingBytes: 128 * 2 ** 20 },
    comfort: 4 * GIB,
    roomRule: null,
    weightBytes,
    hasRoom: async (bytes) => {
      asked.push(bytes);
      return bytes <= room;
    },
    ...change,
  });
  return { budget, asked };
}

describe('weights on the device', () => {
  test.each([
    ['small', 497_759_232],
    ['medium', 1_419_292_672],
    ['large', 3_096_120_320],
    ['xl', 6_230_444_800],
  ])(
    '%s takes its parameters’ bytes in f32, half of the matrices in f16, 8.5 bits a weight in 8-bit',
    (size, f32) => {
      const config = gpt2(size);
      expect(weightBytes(config, 'f32')).toBe(f32);
      const vectors = [...paramShapes(config).values()].filter((shape) => shape.length === 1);
      const vectorBytes = vectors.reduce(
        (sum, shape) => sum + storageBytes(shape, storageOf(shape, 'q8')),
        0,
      );
      expect(weightBytes(config, 'f16')).toBe((f32 - vectorBytes) / 2 + vectorBytes);
      expect(weightBytes(config, 'q8') / f32).toBeCloseTo(8.5 / 32, 2);
    },
  );

  test('only what is beyond the binding limit is split', async () => {
    const { budget } = plan('small', 8 * GIB);
    const [arm] = (await budget).arms;
    expect(arm?.split).toEqual({ f32: true, f16: false, q8: false }); // wte is 154 MB, then 77 MB
    expect(arm).toMatchObject({ files: 1000, stored: 400, download: 600 });
  });
});

describe('plans', () => {
  test('XL in 8-bit has a plan on a 4 GiB device', async () => {
    const { budget } = plan('xl', 4 * GIB, { limits: { bufferBytes: 2 * GIB, bindingBytes: 128 * 2 ** 20 } });
    const { plans, suggested } = await budget;
    expect(plans.f32.residency).toBe('does-not-fit');
    expect(plans.f32.message).toMatch(/Does not fit.*6\.23 GB/);
    expect(plans.q8.residency).not.toBe('does-not-fit');
    expect(suggested).toEqual({ dtype: 'f16', residency: 'one-at-a-time' });
    const three = await plan('xl', 4 * GIB, {}, ['original', 'vanilla', 'lnfree']).budget;
    expect(three.plans.q8.residency).toBe('one-at-a-time');
    expect(three.suggested).toEqual({ dtype: 'q8', residency: 'one-at-a-time' });
    const alone = await plan('xl', 2.5 * GIB, {}, ['lnfree']).budget;
    expect(alone.plans.q8.residency).not.toBe('does-not-fit');
  });

  test('what is comfortable is suggested, more can be chosen', async () => {
    const { plans, suggested } = await plan('medium', 64 * GIB, { comfort: 2 * GIB }).budget;
    expect(suggested).toEqual({ dtype: 'f16', residency: 'all' });
    expect(plans.f32.residency).toBe('all');
  });

  test('what is in use counts against the comfort, and stands in the totals', async () => {
    const free = await plan('small', 64 * GIB, { comfort: 2 * GIB }).budget;
    const used = await plan('small', 64 * GIB, { comfort: 2 * GIB, inUse: GIB }).budget;
    expect(free.suggested?.dtype).toBe('f32');
    expect(used.suggested?.dtype).toBe('f16');
    expect(used.plans.f32.all - free.plans.f32.all).toBe(GIB);
  });

  test('nothing fits: a clear no', async () => {
    const { plans, suggested, basis } = await plan('xl', GIB / 2).budget;
    expect(Object.values(plans).map(({ residency }) => residency)).toEqual(Array(3).fill('does-not-fit'));
    expect(suggested).toBeNull();
    expect(basis).toMatch(/refused/);
  });

  test('one arm alone is never offered to take turns', async () => {
    const { plans } = await plan('xl', 4 * GIB, {}, ['lnfree']).budget;
    expect(plans.f32.residency).toBe('does-not-fit');
    expect(plans.q8.residency).toBe('all');
  });

  test('the device is asked from the smallest plan upwards, and not again after its first no', async () => {
    const { budget, asked } = plan('large', 2 * GIB);
    await budget;
    expect(asked).toEqual([...asked].sort((a, b) => a - b));
    expect(asked.filter((bytes) => bytes > 2 * GIB)).toHaveLength(1);
  });

  test('working memory is what the kept runs of a 64-token prompt hold', () => {
    expect(workingBytes(gpt2('small'))).toBeGreaterThan(30e6);
    expect(workingBytes(gpt2('xl'))).toBeLessThan(600e6);
  });
});
