/** Attribution patching through the service: beside the measured maps, over one pair of prompts and over several. */

import { describe, expect, test } from 'vitest';
import { startGoldenService } from '../../tools/goldenService.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import {
  GOLDEN_MAPS,
  type GoldenPatching,
  relativeDifference,
} from '../analysis/activationPatching.suite.ts';
import type { PatchPair, PatchParameters } from '../analysis/types/index.ts';
import { must } from '../base/assert.ts';
import type { AnalysisRequest, Progress } from './api.ts';
import { PAIR, serviceWith } from './patching.suite.ts';
import type { EngineService } from './service.ts';

type Request = AnalysisRequest<'attribution-patching'>;

/** Another pair of seven tokens. */
const OTHER: PatchPair = {
  clean: { tokens: [28, 6, 6, 2, 5, 9, 4] },
  corrupted: { tokens: [28, 6, 6, 2, 12, 9, 4] },
  target: 3,
};

const ask = (change: object = {}): Request =>
  ({ pair: 'mine', ...PAIR, site: 'resid_pre', ...change }) as Request;
const askAbout = (pairs: readonly PatchPair[], change: Partial<PatchParameters> = {}): Request => ({
  pair: 'mine',
  pairs: [...pairs],
  site: 'resid_pre',
  ...change,
});

describe.skipIf(!hasShared)('the golden models', () => {
  let demo: Promise<EngineService> | null = null;

  test.each(GOLDEN_MAPS)(
    'estimate and measurement of %s equal the golden maps',
    async (hook, site, granularity) => {
      demo ??= startGoldenService();
      const golden = await readSharedJson<Record<string, GoldenPatching[]>>('golden/patching.json');
      const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
      const { target, contrast } = must(golden.original?.[1], 'no golden map');
      const { arms, between } = await (await demo).analyze('attribution-patching', {
        pair: 'demo',
        arms: ['original', 'lnfree'],
        clean: { tokens: prompts.ball ?? [] },
        corrupted: { tokens: prompts.car ?? [] },
        ...{ target, contrast, site, granularity },
      });
      const errors = Object.entries(arms).map(([id, arm]) => {
        const { attribution, activation, cleanMetric } = must(golden[id]?.[1], id);
        const [estimated, measured] = [attribution, activation].map((maps) => must(maps[hook], hook));
        expect(relativeDifference(arm.values.data, estimated?.flat() ?? []), id).toBeLessThan(1e-3);
        expect(relativeDifference(arm.measured?.data ?? [], measured?.flat() ?? []), id).toBeLessThan(1e-3);
        expect(arm.cleanMetric).toBeCloseTo(cleanMetric, 3);
        expect(arm.agreement?.correlation).toBeGreaterThan(0.8);
        const convention = { site, granularity, direction: 'denoising', gradientOf: 'corrupted' };
        expect(arm).toMatchObject({ pairs: 1, leftOut: [], errorByLayer: null, convention });
        const error = (layer: number) =>
          estimated?.[layer]?.reduce(
            (sum, value, i) => sum + Math.abs(value - (measured?.[layer]?.[i] as number)),
            0,
          );
        expect(arm.agreement?.sumAbsError[2]).toBeCloseTo(error(2) ?? NaN, 2);
        return error(2) as number;
      });
      expect(errors).toHaveLength(2);
      const found = must(between?.['original|lnfree'], 'no difference');
      expect(found.improvementByLayer?.mean[2]).toBeCloseTo((errors[0] as number) - (errors[1] as number), 2);
      expect(found.improvementByLayer?.std).toEqual(Array(6).fill(0));
    },
  );
});

describe('a tiny pair', () => {
  test('without LayerNorm nothing is wrong at the last residual, with it something is', async () => {
    const service = await serviceWith();
    const { arms } = await service.analyze('attribution-patching', ask({ site: 'resid_post', layers: [2] }));
    expect(arms.lnfree?.agreement?.sumAbsError[0]).toBeLessThan(1e-4);
    expect(arms.original?.agreement?.sumAbsError[0]).toBeGreaterThan(1e-2);
  });

  test('the estimate alone is the same, and measures nothing', async () => {
    const service = await serviceWith();
    const both = await service.analyze('attribution-patching', ask({ direction: 'noising' }));
    const alone = await service.analyze(
      'attribution-patching',
      ask({ direction: 'noising', measured: false }),
    );
    expect(alone.arms.original).toEqual({ ...both.arms.original, measured: null, agreement: null });
    expect(alone.between?.['original|lnfree']).toMatchObject({ improvementByLayer: null, improvement: null });
    expect(both.arms.original?.convention.gradientOf).toBe('clean');
  });

  test('several pairs: means of each by itself, errors with their spread, in turns the same', async () => {
    const service = await serviceWith();
    const seen: Progress[] = [];
    const asked = askAbout([PAIR, OTHER], { normalise: true });
    const set = await service.analyze('attribution-patching', {
      ...asked,
      onProgress: (each) => seen.push(each),
    });
    const single = await Promise.all(
      [PAIR, OTHER].map((pair) =>
        service.analyze('attribution-patching', ask({ contrast: undefined, ...pair, normalise: true })),
      ),
    );
    for (const arm of ['original', 'lnfree']) {
      const own = must(set.arms[arm], arm);
      const [a, b] = single.map(({ arms }) => must(arms[arm], arm));
      for (const which of ['values', 'measured'] as const)
        own[which]?.data.forEach((value, i) => {
          const mean = ((a?.[which]?.data[i] as number) + (b?.[which]?.data[i] as number)) / 2;
          expect(Math.abs(value - mean)).toBeLessThan(1e-6 * Math.max(1, Math.abs(mean)));
        });
      const errors = [a, b].map((each) => each?.agreement?.sumAbsError[1] as number) as [number, number];
      expect(own.errorByLayer?.mean[1]).toBeCloseTo((errors[0] + errors[1]) / 2, 6);
      expect(own.errorByLayer?.std[1]).toBeCloseTo(Math.abs(errors[0] - errors[1]) / Math.SQRT2, 6);
      expect(own.cleanMetric).toBeCloseTo(((a?.cleanMetric ?? NaN) + (b?.cleanMetric ?? NaN)) / 2, 6);
    }
    const { improvementByLayer, improvement } = must(set.between?.['original|lnfree'], 'none');
    const { mean, std } = must(improvementByLayer, 'none');
    const [a, b] = [set.arms.original, set.arms.lnfree].map((arm) => must(arm?.errorByLayer, 'none').mean);
    expect(mean[0]).toBeCloseTo((a?.[0] as number) - (b?.[0] as number), 6);
    expect(std.every((value) => value > 0)).toBe(true);
    expect(improvement?.mean).toBeCloseTo(mean.reduce((sum, x) => sum + x, 0) / 3, 9);
    expect(set.prompts.map(({ differing }) => differing)).toEqual([[2, 4], [4]]);
    expect(set.tokens).toEqual([]);
    expect(seen.every(({ unit, total }) => unit === 'pairs' && total === 2)).toBe(true);
    expect(new Set(seen.map(({ done }) => done))).toEqual(new Set([0, 1]));
    const inTurns = await (await serviceWith('one-at-a-time')).analyze('attribution-patching', asked);
    expect(inTurns).toEqual(set);
  });

  test('pairs of another length, or that cannot be divided by, are left out with the reason', async () => {
    const service = await serviceWith();
    const short = { ...OTHER, clean: { tokens: [28, 6] }, corrupted: { tokens: [28, 7] } };
    const flat = { ...OTHER, target: [3], contrast: [3] };
    const set = await service.analyze(
      'attribution-patching',
      askAbout([PAIR, short, flat], { normalise: true }),
    );
    const alone = await service.analyze('attribution-patching', ask({ normalise: true }));
    const { leftOut, pairs, values } = must(set.arms.lnfree, 'none');
    expect(pairs).toBe(1);
    expect(values).toEqual(alone.arms.lnfree?.values);
    expect(leftOut.map(({ pair }) => pair)).toEqual([1, 2]);
    expect(leftOut[0]?.reason).toContain('It has 2 tokens, the first pair has 7');
    expect(leftOut[1]?.reason).toContain('differs by only');
    await expect(
      service.analyze('attribution-patching', askAbout([flat, flat], { normalise: true })),
    ).rejects.toThrow('No pair is left');
  });

  test('an abort between pairs rejects and leaves the engine as it was', async () => {
    const service = await serviceWith();
    const controller = new AbortController();
    const onProgress = ({ done }: Progress) => {
      if (done === 1) controller.abort(new Error('stop'));
    };
    const asked = { ...askAbout([PAIR, OTHER, PAIR]), signal: controller.signal, onProgress };
    await expect(service.analyze('attribution-patching', asked)).rejects.toThrow('stop');
    expect((await service.analyze('attribution-patching', ask())).arms.original?.pairs).toBe(1);
  });

  let idle: Promise<EngineService> | null = null;

  test.each<[string, object, string]>([
    ['no list', { pairs: 'IOI' }, 'pairs must be a list'],
    ['an empty list', { pairs: [] }, 'pairs must be a list'],
    ['a list of nothing', { pairs: [null] }, 'pairs must be a list'],
    ['both a list and a pair', { pairs: [PAIR], ...PAIR }, 'not both'],
    ['a pair that is none', { pairs: [PAIR, { ...PAIR, corrupted: PAIR.clean }] }, 'Pair 2: The clean and'],
    [
      'neurons of several',
      { pairs: [PAIR, OTHER], site: 'mlp_post', granularity: 'neuron-topk' },
      'by itself',
    ],
    ['no k', { ...PAIR, site: 'mlp_post', granularity: 'neuron-topk', k: 0 }, 'k is 0'],
    ['edits', { ...PAIR, edits: [{ kind: 'zero', site: 'L0.z' }] }, 'cannot be edited'],
  ])('%s is refused', async (_, change, message) => {
    idle ??= serviceWith();
    const service = await idle;
    const request = { pair: 'mine', site: 'resid_pre', ...change } as Request;
    await expect(service.analyze('attribution-patching', request)).rejects.toThrow(message);
  });
});
