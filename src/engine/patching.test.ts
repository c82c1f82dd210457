/** Patching through the service: both arms, as it comes in, stopped, interrupted, and refused. */

import { describe, expect, test } from 'vitest';
import { cpuEngines, diskFiles, losableDevice, NO_HUB, NODE } from '../../tools/cpuService.ts';
import { startGoldenService } from '../../tools/goldenService.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import { type GoldenPatching, relativeDifference } from '../analysis/activationPatching.suite.ts';
import type { AnalysisRequest, AnalysisResult, Progress } from './api.ts';
import { PAIR, serviceWith } from './patching.suite.ts';
import { REGISTRY } from './registry.ts';
import { EngineService } from './service.ts';

type Request = AnalysisRequest<'activation-patching'>;

const ask = (change: Partial<Request> = {}): Request => ({
  pair: 'mine',
  ...PAIR,
  site: 'resid_pre',
  ...change,
});

const GIRL = 'Once upon a time, there was a little girl who liked to play. One day,';
const BOY = GIRL.replace('girl', 'boy');

describe('the golden models', () => {
  test.skipIf(!hasShared)(
    'two texts come to the golden map of every arm, with what is between them',
    async () => {
      const service = await startGoldenService();
      const golden = await readSharedJson<Record<string, GoldenPatching[]>>('golden/patching.json');
      const result = await service.analyze('activation-patching', {
        pair: 'demo',
        arms: ['original', 'lnfree'],
        clean: { text: GIRL },
        corrupted: { text: BOY },
        target: ' she',
        contrast: ' he',
        site: 'z',
        granularity: 'head',
      });
      expect(Object.keys(result.arms)).toEqual(['original', 'lnfree']);
      for (const [arm, map] of Object.entries(result.arms)) {
        const expected = golden[arm]?.[0]?.activation['attn.hook_z']?.flat() ?? [];
        expect(relativeDifference(map.values.data, expected), arm).toBeLessThan(1e-3);
        expect(map.values).toMatchObject({ axes: ['layer', 'head'], shape: [6, 4] });
      }
      const [a, b] = ['original', 'lnfree'].map((arm) => result.arms[arm]?.values.data as Float32Array);
      const between = result.between?.['original|lnfree']?.values.data;
      expect(between).toEqual(b?.map((value, i) => value - (a?.[i] as number)));
      expect(result.differing).toEqual([10]);
      expect(result.clean.pieces[10]).toBe(' girl');
      expect(result.corrupted.pieces[10]).toBe(' boy');
      expect(result.tokens).toEqual(result.clean.tokens);
      expect(result.tokens[0]).toBe(8191); // BOS
    },
  );
});

describe('a tiny pair', () => {
  test('is told from the last layer backwards, and arms that take turns come to the same', async () => {
    const partials: AnalysisResult<'activation-patching'>[] = [];
    const seen: Progress[] = [];
    const service = await serviceWith();
    const request = ask({ site: 'resid_mid', onPartial: (partial) => partials.push(partial) });
    const whole = await service.analyze('activation-patching', {
      ...request,
      onProgress: (progress) => seen.push(progress),
    });
    expect(Object.values(whole.arms).every(({ values }) => values.data.every(Number.isFinite))).toBe(true);
    const first = partials[0]?.arms.original;
    expect(first?.values.data.subarray(14).every(Number.isFinite)).toBe(true);
    expect(first?.values.data[4]).toBeNaN();
    expect(first?.values.data.subarray(0, 2)).toEqual(new Float32Array(2)); // before the prompts differ
    const { runs } = whole.arms.original ?? {};
    expect(runs).toBe(5 + 5 + 1);
    expect(seen.at(-1)).toMatchObject({ done: 22, total: 22, unit: 'runs' });
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b));
    const turns = await (await serviceWith('one-at-a-time')).analyze(
      'activation-patching',
      ask({ site: 'resid_mid' }),
    );
    expect(turns).toEqual(whole);
  });

  test('noising is divided by the same difference, sign and all', async () => {
    const service = await serviceWith();
    const asked: Partial<Request> = { site: 'resid_post', layers: [2], normalise: true };
    const there = await service.analyze('activation-patching', ask(asked));
    const back = await service.analyze('activation-patching', ask({ ...asked, direction: 'noising' }));
    for (const arm of ['original', 'lnfree']) {
      const [a, b] = [there.arms[arm], back.arms[arm]];
      expect(a?.dividedBy).toBe((a?.cleanMetric ?? NaN) - (a?.corruptedMetric ?? NaN));
      expect(b?.dividedBy).toBeCloseTo(a?.dividedBy ?? NaN, 6);
      expect(a?.values.data[6]).toBeCloseTo(1, 5);
      expect(b?.values.data[6]).toBeCloseTo(-1, 5);
    }
  });

  test('the neurons of neuron-topk are those that the estimate names, patched at all positions', async () => {
    const service = await serviceWith();
    const asked = { site: 'mlp_post', granularity: 'neuron-topk', k: 3 } as const;
    const { arms, between } = await service.analyze('activation-patching', ask(asked));
    const estimated = await service.analyze('attribution-patching', { ...ask(), ...asked });
    for (const [id, map] of Object.entries(arms)) {
      expect(map.values).toMatchObject({ axes: ['layer', 'neuron'], shape: [3, 3] });
      expect(map.neurons).toEqual(estimated.arms[id]?.neurons);
      expect(map.values).toEqual(estimated.arms[id]?.measured);
    }
    expect(between).toEqual({}); // each arm has its own neurons
  });

  test('a metric that does not tell the prompts apart is not divided by, with a warning', async () => {
    const service = await serviceWith();
    const { arms } = await service.analyze(
      'activation-patching',
      ask({ normalise: true, target: 4, contrast: 4 }),
    );
    expect(arms.original).toMatchObject({ dividedBy: 1, cleanMetric: 0, corruptedMetric: 0 });
    expect(arms.original?.warning).toContain('not normalised');
  });

  test('other questions are answered meanwhile; an abort rejects and leaves the engine as it was', async () => {
    const service = await serviceWith();
    const order: string[] = [];
    const controller = new AbortController();
    const patching = service.analyze(
      'activation-patching',
      ask({
        site: 'z',
        granularity: 'head-position',
        signal: controller.signal,
        onProgress: ({ done }) => {
          order.push('patch');
          if (done > 0 && order.includes('prompt')) controller.abort(new Error('stop'));
        },
      }),
    );
    const prompt = service.analyze('predictions', { pair: 'mine', tokens: [28, 3] });
    void prompt.then(() => order.push('prompt'));
    await expect(patching).rejects.toThrow('stop');
    expect(order.lastIndexOf('patch')).toBeGreaterThan(order.indexOf('prompt'));
    const again = await service.analyze('activation-patching', ask());
    expect(again.arms.original?.runs).toBeGreaterThan(5);
  });

  test('a device lost on the way changes no number', async () => {
    const device = losableDevice();
    const service = await serviceWith(
      'all',
      new EngineService({
        ...cpuEngines(device.open),
        surroundings: NODE,
        registry: REGISTRY,
        openBundled: (path) => diskFiles(`public/${path}`),
        hub: NO_HUB,
        onStatus: () => {},
      }),
    );
    const whole = await service.analyze('activation-patching', ask());
    let losses = 0;
    const onProgress = ({ done }: Progress) => {
      if (done > 0 && losses++ === 0) device.lose();
    };
    expect(await service.analyze('activation-patching', ask({ onProgress }))).toEqual(whole);
    expect(losses).toBeGreaterThan(1);
  });

  let idle: Promise<EngineService> | null = null;

  test.each<[string, object, string]>([
    [
      'another length',
      { corrupted: { tokens: [28, 3, 11, 1, 7, 9] } },
      'has 7 tokens and the corrupted one 6',
    ],
    [
      'where they part',
      { corrupted: { tokens: [28, 3, 14, 1] } },
      "part at position 4, where the clean one has '#5' and the corrupted one its end",
    ],
    ['the same prompt twice', { corrupted: ask().clean }, 'are the same'],
    ['no target', { target: undefined }, 'needs a target'],
    ['an empty target', { target: [] }, 'target is empty'],
    ['a target that is none', { target: 29 }, 'not in the vocabulary'],
    ['no prompt', { clean: undefined }, 'clean prompt as {text'],
    ['a prompt without a form', { clean: {} }, 'Give either a text or token ids'],
    ['a token that is none', { clean: { tokens: [28, 3, 99, 1, 5, 9, 2] } }, 'Token id 99'],
    ['a prompt of its own', { tokens: [1, 2] }, 'Leave text and tokens out'],
    ['no site', { site: 'resid' }, "site is 'resid'"],
    ['a head of a residual stream', { granularity: 'head' }, "cannot be patched by 'head'"],
    ['a direction that is none', { direction: 'both' }, 'denoising, noising'],
    ['a layer that is none', { layers: [3] }, 'A layer is 3'],
    ['no layer', { layers: [] }, 'layers is empty'],
    ['a layer alone', { layers: 1 }, 'must be a list'],
    ['edits', { edits: [{ kind: 'zero', site: 'L0.z' }] }, 'cannot be edited'],
    ['ONNX Runtime', { engine: 'ort' }, 'WebGPU kernels'],
  ])('%s is refused', async (_, change, message) => {
    idle ??= serviceWith();
    const service = await idle;
    await expect(service.analyze('activation-patching', ask(change as never))).rejects.toThrow(message);
  });
});
