/** The logit lens against the plain sum, the model's own predictions and shared/golden, the same on every backend. */

import { describe, expect, test } from 'vitest';
import { GOLDEN_ARMS, loadGoldenModel, loadModel } from '../../tools/golden.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import { maxDifference, TINY_PROMPT } from '../../tools/tinyModel.ts';
import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import type { StorageDType } from '../tensor/params.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../weights/testing.ts';
import { directLogitAttribution, dlaHooks } from './directLogitAttribution.ts';
import {
  LENS_HOOKS,
  type LogitLensOptions,
  logitLens,
  logitLensBetween,
  logitLensHooks,
  logitLensOf,
} from './logitLens.ts';
import { predictions } from './predictions.ts';
import { uploadIds, withScratch } from './scratch.ts';
import { tokenStatsOf } from './tokenStats.ts';
import type { LensHook, LensScale, LogitLensArm } from './types/index.ts';

const MODELS: readonly [string, TinyCheckpointOptions, StorageDType][] = [
  ['with LN, tied, f32', { form: 'layer', dVocab: 29 }, 'f32'],
  [
    'LN-free, untied, d_model no multiple of 4, f16',
    { form: 'lnfree-2025', tied: false, dModel: 18, nHeads: 3, dVocab: 37 },
    'f16',
  ],
  ['with LN, 8-bit', { form: 'layer', seed: 3, dVocab: 31 }, 'q8'],
];

const OPTIONS: LogitLensOptions = {
  k: 3,
  positions: [],
  scale: 'recomputed',
  hooks: ['resid_post'],
  target: null,
  track: [],
  piece: String,
};

async function askLens(
  model: Model,
  prompt: readonly number[],
  change: Partial<LogitLensOptions> = {},
): Promise<LogitLensArm> {
  const options = { ...OPTIONS, ...change };
  const cache = await model.run([prompt], logitLensHooks(model.config, options.hooks));
  try {
    return await logitLens({ model, cache }, options);
  } finally {
    cache.dispose();
  }
}

/** ln probabilities of every token at one place, from the residual and the parameters as they are kept, in f64. */
async function plainLogprobs(
  model: Model,
  hook: string,
  position: number,
  scale: LensScale,
): Promise<number[]> {
  const { config, params } = model;
  const d = config.dModel;
  const cache = await model.run([TINY_PROMPT], [hook, 'ln_final.hook_scale']);
  const [x, sigma] = await cache.ops.read([cache.get(hook), cache.get('ln_final.hook_scale')]);
  const [W_U, w, b] = await withScratch(model, 'parameters', (ops) =>
    ops.read([
      ops.embed(params.W_U, uploadIds(ops, [...Array(config.dVocab).keys()])),
      params.lnFinal.w,
      params.lnFinal.b,
    ]),
  );
  cache.dispose();
  const row = [...x.subarray(position * d, (position + 1) * d)];
  const mean = row.reduce((sum, v) => sum + v, 0) / d;
  const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / d;
  const own = config.norm.kind === 'layer' ? Math.sqrt(variance + config.norm.eps) : 1;
  const divisor = scale === 'frozen' ? (sigma[position] as number) : own;
  const normed = row.map((v, i) => ((v - mean) / divisor) * (w[i] as number) + (b[i] as number));
  const logits = Array.from({ length: config.dVocab }, (_, t) =>
    normed.reduce((sum, v, i) => sum + v * (W_U[t * d + i] as number), 0),
  );
  const lse = Math.log(logits.reduce((sum, l) => sum + Math.exp(l), 0));
  return logits.map((l) => l - lse);
}

const rankIn = (values: readonly number[], id: number) =>
  values.filter((v, i) => v > (values[id] as number) || (v === values[id] && i < id)).length;

export function logitLensSuite(openBackend: () => Promise<Backend>): void {
  const load = async (options: TinyCheckpointOptions, dtype: StorageDType = 'f32') =>
    loadModel(await openBackend(), memoryFiles(makeTinyCheckpoint(options)), dtype);

  describe.each(MODELS)('%s', (_, options, dtype) => {
    test.each(['recomputed', 'frozen'] as const)('%s: every place equals the plain sum', async (scale) => {
      const model = await load(options, dtype);
      const hooks: LensHook[] = ['resid_post', 'resid_pre', 'resid_mid'];
      const positions = [-1, 0, 3];
      const lens = await askLens(model, TINY_PROMPT, { scale, hooks, positions, track: [7, 0] });
      expect(lens.positions).toEqual([7, 0, 3]);
      expect(lens.target).toEqual([null, TINY_PROMPT[1], TINY_PROMPT[4]]);
      expect(lens.convention.finalScale).toBe(model.config.norm.kind === 'layer' ? scale : 'none');
      expect(lens.hooks.slice(0, 4)).toEqual([
        ...LENS_HOOKS.map((hook) => `blocks.0.hook_${hook}`),
        'blocks.1.hook_resid_pre',
      ]);
      expect(lens.entropy.shape).toEqual([lens.hooks.length, 3]);
      for (const [d, hook] of lens.hooks.entries()) {
        for (const [p, position] of lens.positions.entries()) {
          const expected = await plainLogprobs(model, hook, position, scale);
          const at = d * 3 + p;
          const order = expected.map((_, id) => id).sort((a, b) => rankIn(expected, a) - rankIn(expected, b));
          expect([...lens.top.ids.data.subarray(at * 3, at * 3 + 3)]).toEqual(order.slice(0, 3));
          const best = order.slice(0, 3).map((id) => expected[id] as number);
          expect(maxDifference(lens.top.logprobs.data.subarray(at * 3, at * 3 + 3), best)).toBeLessThan(2e-5);
          const entropy = -expected.reduce((sum, l) => sum + l * Math.exp(l), 0);
          expect(lens.entropy.data[at]).toBeCloseTo(entropy, 4);
          for (const { id, logprob, rank } of lens.tracked) {
            expect(logprob.data[at]).toBeCloseTo(expected[id] as number, 4);
            expect(rank.data[at]).toBe(rankIn(expected, id));
          }
          const next = lens.target[p];
          if (next === null || next === undefined) expect(lens.targetLogprob.data[at]).toBeNaN();
          else {
            expect(lens.targetLogprob.data[at]).toBeCloseTo(expected[next] as number, 4);
            expect(lens.targetRank.data[at]).toBe(rankIn(expected, next));
          }
        }
      }
      model.park();
    });
  });

  test('the last layer says what the model says, whatever the scale, which no LN-free arm has', async () => {
    for (const form of ['layer', 'lnfree-2025'] as const) {
      const model = await load({ form, dVocab: 29 });
      const cache = await model.run([TINY_PROMPT], ['ln_final.hook_normalized']);
      const own = await predictions({ model, cache }, { position: 4, k: 3, piece: String });
      cache.dispose();
      const [recomputed, frozen] = [
        await askLens(model, TINY_PROMPT),
        await askLens(model, TINY_PROMPT, { scale: 'frozen', target: 5 }),
      ];
      const last = (recomputed.hooks.length - 1) * TINY_PROMPT.length + 4;
      for (const lens of [recomputed, frozen]) {
        expect(lens.top.ids.data[last * 3]).toBe(own.top[0]?.id);
        expect(lens.top.logprobs.data[last * 3]).toBeCloseTo(Math.log(must(own.top[0], 'top').prob), 4);
        expect(lens.entropy.data[last]).toBeCloseTo(own.entropy, 4);
      }
      expect(frozen.target).toEqual(TINY_PROMPT.map(() => 5));
      const gap = maxDifference(recomputed.entropy.data, frozen.entropy.data);
      if (form === 'layer') expect(gap).toBeGreaterThan(0.01);
      else expect(gap).toBe(0);
      model.park();
    }
  });

  test('two arms: second − first, and where their likeliest tokens agree', async () => {
    const models = await Promise.all([1, 2].map((seed) => load({ seed, dVocab: 29 })));
    const [first, second] = await Promise.all(
      models.map((model) => askLens(model, TINY_PROMPT, { track: [3] })),
    );
    if (!first || !second) throw new Error('two arms were asked');
    const between = must(logitLensBetween(first, second), 'between');
    expect(between.targetLogprob.data[9]).toBeCloseTo(
      (second.targetLogprob.data[9] as number) - (first.targetLogprob.data[9] as number),
      6,
    );
    expect(between.tracked[0]?.data[9]).toBeCloseTo(
      (second.tracked[0]?.logprob.data[9] as number) - (first.tracked[0]?.logprob.data[9] as number),
      6,
    );
    const same = first.entropy.data.map((_, i) =>
      Number(first.top.ids.data[3 * i] === second.top.ids.data[3 * i]),
    );
    expect([...between.sameTop.data]).toEqual([...same]);
    expect(new Set(logitLensBetween(first, first)?.sameTop.data)).toEqual(new Set([1]));
    expect(between).toMatchObject({ kl: null, klReverse: null, jsd: null });
    for (const model of models) model.park();
  });

  test('arms read together: each as by itself, and the divergences of their last layers those of the models', async () => {
    const models = await Promise.all([1, 2].map((seed) => load({ seed, dVocab: 29, nLayers: 2 })));
    const deeper = await load({ seed: 5, dVocab: 29, nLayers: 3 });
    const hooks = (model: Model) => [
      ...logitLensHooks(model.config, ['resid_post']),
      'ln_final.hook_normalized',
    ];
    const runs = await Promise.all(
      [...models, deeper].map(async (model) => ({
        model,
        cache: await model.run([TINY_PROMPT], hooks(model)),
      })),
    );
    const { arms, between } = await logitLensOf(runs.slice(0, 2), OPTIONS);
    const alone = await Promise.all(models.map((model) => askLens(model, TINY_PROMPT)));
    arms.forEach((lens, i) => {
      expect(maxDifference(lens.top.logprobs.data, must(alone[i], 'alone').top.logprobs.data)).toBe(0);
      expect(lens.top.ids).toEqual(alone[i]?.top.ids);
    });
    const own = must((await tokenStatsOf(runs.slice(0, 2))).between[0], 'between');
    const lensed = must(between[0], 'between');
    const T = TINY_PROMPT.length;
    for (const name of ['kl', 'klReverse', 'jsd'] as const)
      expect(maxDifference(must(lensed[name], name).data.subarray(T), own[name].data)).toBeLessThan(1e-5);

    const uneven = await logitLensOf(runs, OPTIONS);
    expect(uneven.arms.map((lens) => lens.hooks.length)).toEqual([2, 2, 3]);
    expect(uneven.between[0]).toMatchObject({ sameTop: lensed.sameTop, jsd: null });
    expect(uneven.between.slice(1)).toEqual([null, null]);
    for (const { model, cache } of runs) {
      cache.dispose();
      model.park();
    }
  });

  test('with the final scale the lens is direct logit attribution up to that layer', async () => {
    for (const form of ['layer', 'lnfree-2025'] as const) {
      const model = await load({ form, dVocab: 29 });
      const [a, b, position, T] = [4, 11, 5, TINY_PROMPT.length];
      const cache = await model.run([TINY_PROMPT], dlaHooks(model.config, 'component'));
      const { terms } = await directLogitAttribution(
        { model, cache },
        { position, target: [a], contrast: [b], centerUnembed: true, unit: 'component', valueBias: 'head' },
      );
      cache.dispose();
      const lens = await askLens(model, TINY_PROMPT, { scale: 'frozen', track: [a, b] });
      const logprob = (token: number, layer: number) =>
        must(lens.tracked[token], 'tracked').logprob.data[layer * T + position] as number;
      for (const layer of lens.hooks.keys()) {
        const soFar = terms.filter((term) => (term.layer ?? 0) <= layer);
        const sum = soFar.reduce((total, { value }) => total + value, 0);
        expect(logprob(0, layer) - logprob(1, layer), `${form}, layer ${layer}`).toBeCloseTo(sum, 4);
      }
      model.park();
    }
  });

  test('can be stopped before any depth, and refuses what the prompt does not have', async () => {
    const model = await load({ dVocab: 29 });
    const seen: number[] = [];
    const stop = askLens(model, TINY_PROMPT, {
      onDepth: async (done) => {
        seen.push(done);
        if (done === 1) throw new Error('stopped');
      },
    });
    await expect(stop).rejects.toThrow('stopped');
    expect(seen).toEqual([0, 1]);
    for (const wrong of [
      { positions: [8] },
      { positions: [7, -1] },
      { k: 0 },
      { track: [29] },
      { target: -1 },
    ])
      await expect(askLens(model, TINY_PROMPT, wrong)).rejects.toThrow(InputError);
    model.park();
  });
}

interface GoldenLens {
  prompt: string;
  layer: number;
  recomputed: { top: number[]; logprob: number[] };
  frozen: { top: number[]; logprob: number[] };
}

export function logitLensGoldenSuite(openBackend: () => Promise<Backend>): void {
  test.skipIf(!hasShared).each(GOLDEN_ARMS)(
    '%s: every prompt and layer equals shared/golden to 1e-3',
    async (arm) => {
      const model = await loadGoldenModel(await openBackend(), arm);
      const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
      const golden =
        (await readSharedJson<Record<string, GoldenLens[]>>('golden/logit-lens.json'))[arm] ?? [];
      expect(golden).toHaveLength(4 * model.config.nLayers);
      let largest = 0;
      let places = 0;
      for (const prompt of new Set(golden.map((entry) => entry.prompt))) {
        for (const scale of ['recomputed', 'frozen'] as const) {
          const lens = await askLens(model, must(prompts[prompt], prompt), { scale, k: 2 });
          const { ids, logprobs } = lens.top;
          for (const entry of golden.filter((each) => each.prompt === prompt)) {
            const expected = entry[scale];
            expected.top.forEach((id, p) => {
              const at = (entry.layer * expected.top.length + p) * 2;
              const difference = Math.abs((logprobs.data[at] as number) - (expected.logprob[p] as number));
              largest = Math.max(largest, difference);
              places++;
              // Two tokens within 1e-4 of each other may change places.
              const tie = (logprobs.data[at] as number) - (logprobs.data[at + 1] as number) < 1e-4;
              const where = `${prompt}, ${scale}, layer ${entry.layer}, position ${p}`;
              expect(tie ? [ids.data[at], ids.data[at + 1]] : [ids.data[at]], where).toContain(id);
            });
          }
        }
      }
      expect(largest).toBeLessThan(1e-3);
      console.log(`${arm}: ${places} places, largest difference ${largest.toExponential(1)}`);
      model.park();
    },
  );
}
