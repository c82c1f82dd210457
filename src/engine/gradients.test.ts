import { beforeAll, describe, expect, test } from 'vitest';
import { createCpuService } from '../../tools/cpuService.ts';
import { DEMO } from '../../tools/demo.ts';
import { InputError, UnsupportedError } from '../base/errors.ts';
import type { Edit, GradientsRequest, MetricRequest } from './api.ts';

const GIRL = 'Once upon a time, there was a little girl who liked to play. One day,';
const BOY = 'Once upon a time, there was a little boy who liked to play. One day,';
const Z = 'blocks.3.attn.hook_z';
const { nHeads, dHead, dModel } = DEMO;

describe('run with gradients on the CPU twin', () => {
  const service = createCpuService();
  beforeAll(() => service.start());

  const run = (gradients: GradientsRequest, edits: Edit[] = [], arms = ['original', 'lnfree']) =>
    service.run({ text: GIRL, hooks: [], gradients, edits, arms });
  const metricOf = async (metric: MetricRequest, edits: Edit[] = []) => {
    const { arms } = await run({ metric, hooks: [] }, edits, ['original']);
    return arms.original?.metric ?? Number.NaN;
  };

  test('the value, and gradients with the axes of their activations, beside activations of the same run', async () => {
    const metric = { target: ' she', contrast: [' he', 339] };
    const hooks = [Z, 'blocks.0.attn.hook_pattern', 'logits'];
    const { arms, tokens, edits } = await service.run({
      text: GIRL,
      hooks: ['logits'],
      gradients: { metric, hooks },
    });
    expect(edits).toBeUndefined();
    expect(Object.keys(arms)).toEqual(['original', 'vanilla', 'lnfree']);
    for (const { activations, gradients, metric: value } of Object.values(arms)) {
      const row = activations.logits?.data.slice((tokens.length - 1) * 8192) ?? [];
      expect(value).toBeCloseTo((row[673] as number) - (row[339] as number), 4);
      expect(Object.keys(gradients ?? {})).toEqual(hooks);
      expect(gradients?.[Z]).toMatchObject({ axes: ['pos', 'head', 'd_head'], shape: [20, nHeads, dHead] });
      expect(gradients?.['blocks.0.attn.hook_pattern']).toMatchObject({ shape: [nHeads, 20, 20] });
      const byLogit = gradients?.logits?.data ?? [];
      expect([byLogit[19 * 8192 + 673], byLogit[19 * 8192 + 339]]).toEqual([1, -1]);
      expect(byLogit.filter((g) => g !== 0).length).toBe(2);
    }
    expect((await service.run({ text: GIRL, hooks: [] })).arms.lnfree).toEqual({ activations: {} });
  });

  test.each([
    ['logit-diff', { target: [' she', 1816], position: -1 }],
    ['log-prob', { kind: 'log-prob', target: ' she', position: 19 }],
    ['kl', { kind: 'kl', to: { text: BOY } }],
  ] as [string, MetricRequest][])(
    '%s: a small step of one head changes it as the gradient says',
    async (_, metric) => {
      const { arms } = await run({ metric, hooks: [Z] });
      const from = 19 * dModel + dHead; // head 1 at the last position
      const gradient = (arms.original?.gradients?.[Z]?.data ?? []).slice(from, from + dHead);
      const step = Array.from(gradient, (g) => (0.01 * g) / Math.hypot(...gradient));
      const to = (sign: number): Edit => ({
        kind: 'add',
        site: 'L3.z',
        position: -1,
        head: 1,
        value: step.map((x) => sign * x),
      });
      const gained = ((await metricOf(metric, [to(1)])) - (await metricOf(metric, [to(-1)]))) / 2;
      expect(gained / (0.01 * Math.hypot(...gradient))).toBeCloseTo(1, 2);
    },
  );

  test('a log-probability is that of predictions; a divergence from the run itself is 0', async () => {
    const { arms } = await service.analyze('predictions', { text: GIRL, position: 10, score: [' who'] });
    const asked = await metricOf({ kind: 'log-prob', target: ' who', position: 10 });
    expect(Math.exp(asked)).toBeCloseTo(arms.original?.asked?.[0]?.prob ?? Number.NaN, 6);
    const same = await run({ metric: { kind: 'kl', to: { text: GIRL } }, hooks: ['hook_embed'] });
    expect(same.arms.lnfree?.metric).toBeCloseTo(0, 6);
    expect(Math.max(...(same.arms.lnfree?.gradients?.hook_embed?.data.map(Math.abs) ?? [1]))).toBeLessThan(
      1e-5,
    );
  });

  test('a negative position counts from the end of each prompt', async () => {
    const longer = { kind: 'kl', to: { text: `Well. ${GIRL}` } } as const;
    expect(await metricOf({ ...longer, position: -1 })).toBe(await metricOf(longer));
    expect(await metricOf({ ...longer, position: 19 })).not.toBe(await metricOf(longer));
  });

  test('what was copied from another run is a constant; the arm without LayerNorm takes the edits that it has', async () => {
    const copy: Edit = { kind: 'from-run', site: 'L2.resid_pre', source: { text: BOY } };
    const edits: Edit[] = [{ kind: 'freeze-norm', site: 'ln_final', value: 'prompt' }, copy];
    const { arms } = await run({ metric: { target: 673 }, hooks: ['hook_embed', Z] }, edits);
    for (const { gradients } of Object.values(arms)) {
      expect(gradients?.hook_embed?.data.every((g) => g === 0)).toBe(true);
      expect(gradients?.[Z]?.data.some((g) => g !== 0)).toBe(true);
    }
  });

  test('refused by name', async () => {
    const metric = { target: ' she' };
    for (const [asked, message] of [
      [{ metric, hooks: ['blocks.9.hook_resid_pre'] }, /no hook blocks\.9/],
      [{ metric, hooks: ['ln_final.hook_scale'] }, /1 by definition without LayerNorm/],
      [{ metric }, /list of hooks/],
      [{ hooks: [] }, /need a metric/],
      [{ metric: {}, hooks: [] }, /target is empty/],
      [{ metric: { target: 9000 }, hooks: [] }, /9000/],
      [{ metric: { target: ' she', contrast: -1 }, hooks: [] }, /-1/],
      [{ metric: { target: ' she', position: 20 }, hooks: [] }, /Position 20/],
      [{ metric: { kind: 'loss', target: ' she' }, hooks: [] }, /no metric 'loss'/],
      [{ metric: { kind: 'kl' }, hooks: [] }, /needs the prompt/],
      [{ metric: { kind: 'kl', to: { tokens: [] } }, hooks: [] }, /Position -1/],
      [{ metric: { kind: 'kl', to: { tokens: [9000] } }, hooks: [] }, /9000/],
    ] as [GradientsRequest, RegExp][]) {
      const refusal = await run(asked).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(InputError);
      expect((refusal as Error).message).toMatch(message);
    }
    const onOrt = service.run({ text: GIRL, hooks: [], engine: 'ort', gradients: { metric, hooks: [] } });
    await expect(onOrt).rejects.toThrow(UnsupportedError);
    await expect(onOrt).rejects.toThrow(/gradients need/);
  });
});
