/** A text read in windows against losses worked out one by one in f64, the same on every backend and at odd sizes. */

import { describe, expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { attributedRun, attributionHooks } from '../analysis/corpus/attribution.ts';
import { addRecord, emptyShard, mergeShards, type Shard } from '../analysis/corpus/records.ts';
import { corpusArm, corpusBetween, coverageOf } from '../analysis/corpus/summary.ts';
import { scoredTokens, windowAt, windowCount } from '../analysis/corpus/windows.ts';
import { directEffect, directEffectHooks } from '../analysis/directEffect.ts';
import { neuronAblation, neuronAblationHooks } from '../analysis/neuronAblation.ts';
import type { DlaPerPositionArm } from '../analysis/types/index.ts';
import { mulberry32 } from '../base/random.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint } from '../weights/testing.ts';
import type { AnalysisRequest } from './api.ts';
import { type CorpusPlan, corpusPlan, readCorpus } from './corpus.ts';
import type { Stage } from './stage.ts';

const SIZES = { dVocab: 29, nCtx: 12 };
const roll = mulberry32(7);
export const TEXT = Array.from({ length: 65 }, () => Math.floor(roll() * SIZES.dVocab));

type Asked = Pick<
  AnalysisRequest<'corpus'>,
  'window' | 'stride' | 'prependBos' | 'want' | 'resamples' | 'ablate'
>;

/** Odd windows, overlaps, BOS, a last window of one token, a text that is one window. */
const READINGS: readonly [string, number, Asked][] = [
  ['windows of 8', 65, { window: 8, want: ['activation-means'] }],
  [
    'windows of 7, a new one every 3, with BOS',
    65,
    { window: 7, stride: 3, prependBos: true, want: ['activation-means'] },
  ],
  ['windows of 2', 7, { window: 2, want: ['attribution'] }],
  ['one window, longer than the text', 5, { window: 12, prependBos: true }],
];

const PIECE = (id: number) => `#${id}`;

/** Two arms, LN and LN-free, that read together. */
export async function tinyArms(backend: Backend): Promise<{ models: Record<string, Model>; stage: Stage }> {
  const load = (form: 'layer' | 'lnfree-2025', seed: number) =>
    loadModel(backend, memoryFiles(makeTinyCheckpoint({ ...SIZES, form, seed })));
  const models: Record<string, Model> = {
    original: await load('layer', 1),
    lnfree: await load('lnfree-2025', 2),
  };
  const stage: Stage = {
    arms: Object.entries(models).map(([id, { config }]) => ({ id, config })),
    together: true,
    withArms: (ids, body) => body(ids.map((id) => models[id] as Model)),
  };
  return { models, stage };
}

export function planFor(model: Model, length: number, asked: Asked): CorpusPlan {
  return corpusPlan({ tokens: TEXT.slice(0, length), resamples: 200, ...asked }, model.config, null, [
    'original',
    'lnfree',
  ]);
}

/** Everything of `only`, default all windows. */
export async function readAll(stage: Stage, plan: CorpusPlan, only?: readonly number[]): Promise<Shard> {
  const shard = emptyShard();
  await readCorpus(stage, plan, {
    ...(only && { only }),
    onRecords: (records) => {
      for (const record of records) addRecord(shard, record);
    },
  });
  return shard;
}

export const summarised = (shard: Shard, plan: CorpusPlan, stage: Stage) => {
  const options = { ...plan.summary, piece: PIECE };
  return {
    coverage: coverageOf(shard, plan.reading, ['original', 'lnfree']),
    arms: stage.arms.map(({ id, config }) => ({
      id,
      ...corpusArm(shard, plan.reading, id, config, options),
    })),
    between: corpusBetween(shard, plan.reading, ['original', 'lnfree'], options),
  };
};

export function corpusSuite(openBackend: () => Promise<Backend>): void {
  describe.each(READINGS)('%s', (_, length, asked) => {
    test('loss, entropy, calibration and JSD equal the means of what every window gives by itself', async () => {
      const { models, stage } = await tinyArms(await openBackend());
      const [original, lnfree] = [models.original as Model, models.lnfree as Model];
      const plan = planFor(original, length, asked);
      const { coverage, arms, between } = summarised(await readAll(stage, plan), plan, stage);
      const expected = [await byHand(original, plan), await byHand(lnfree, plan)] as const;
      const count = scoredTokens(plan.reading);
      expect(expected[0]).toHaveLength(count);
      expect(coverage).toEqual({
        windows: windowCount(plan.reading),
        ofWindows: windowCount(plan.reading),
        tokens: count,
        ofTokens: count,
        complete: true,
      });
      for (const [i, arm] of arms.entries()) {
        const own = expected[i] as Place[];
        expect(arm.loss.mean).toBeCloseTo(average(own.map(({ loss }) => loss)), 4);
        expect(arm.lossWithOutliers).toBeCloseTo(arm.loss.mean, 6);
        expect(arm.perplexity.mean).toBeCloseTo(Math.exp(arm.loss.mean), 6);
        expect(arm.entropy.mean).toBeCloseTo(average(own.map(({ entropy }) => entropy)), 4);
        expect(arm.accuracy).toBeCloseTo(average(own.map(({ right }) => Number(right))), 6);
        expect(arm.ece).toBeCloseTo(expectedCalibrationError(own), 4);
        const ascending = own.map(({ loss }) => loss).sort((a, b) => a - b);
        expect(arm.median).toBeCloseTo(
          ((ascending[(count - 1) >> 1] as number) + (ascending[count >> 1] as number)) / 2,
          4,
        );
        expect(arm.range999[0]).toBeGreaterThanOrEqual((ascending[0] as number) - 1e-4);
        expect(arm.range999[1]).toBeLessThanOrEqual((ascending.at(-1) as number) + 1e-4);
        expect(arm.byContext.reduce((sum, bin) => sum + bin.count, 0)).toBe(count);
        expect(arm.worst[0]?.loss).toBeCloseTo(ascending.at(-1) as number, 4);
        expect(arm.outliers).toEqual({ count: 0, nonFinite: 0, places: [] });
        if (arm.coverage.windows > 1) {
          const [low, high] = arm.loss.interval as [number, number];
          expect(low).toBeLessThanOrEqual(arm.loss.mean);
          expect(high).toBeGreaterThanOrEqual(arm.loss.mean);
        } else expect(arm.loss.interval).toBeNull();
      }
      const jsd = expected[0].map(({ p }, i) => divergence(p, (expected[1][i] as Place).p));
      expect(between.jsd?.mean).toBeCloseTo(average(jsd), 5);
      expect(between.deltaLoss.mean).toBeCloseTo(
        average(expected[1].map(({ loss }) => loss)) - average(expected[0].map(({ loss }) => loss)),
        4,
      );
      expect(between.bands.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(
        between.deltaLoss.mean,
        6,
      );
      const [worst] = between.places;
      expect(worst?.jsd).toBeCloseTo(Math.max(...jsd), 5);
      expect(worst?.context.ids.at(-1)).toBe(
        worst && worst.index > 0 ? plan.reading.tokens[worst.index - 1] : plan.reading.bos,
      );
    });

    test('a run cut off at any window is right of what it read, and shards add up to one run', async () => {
      const { models, stage } = await tinyArms(await openBackend());
      const plan = planFor(models.original as Model, length, asked);
      const count = windowCount(plan.reading);
      const whole = summarised(await readAll(stage, plan), plan, stage);
      for (const cut of new Set([1, Math.ceil(count / 2), count])) {
        const controller = new AbortController();
        const partial = emptyShard();
        const reading = readCorpus(stage, plan, {
          signal: controller.signal,
          onRecords: (records) => {
            for (const record of records) addRecord(partial, record);
            if (partial.windows.size >= cut) controller.abort(new Error('enough'));
          },
        });
        if (partial.windows.size < count)
          await reading.catch(({ message }) => expect(message).toBe('enough'));
        const read = partial.windows.size;
        const some = summarised(partial, plan, stage);
        const same = await readAll(stage, plan, [...Array(read).keys()]);
        expect(some.coverage.windows).toBe(read);
        expect(some.coverage.complete).toBe(read === count);
        expectClose(some, summarised(same, plan, stage));
      }
      const shards = await Promise.all(
        [0, 1, 2].map((i) =>
          readAll(
            stage,
            plan,
            [...Array(count).keys()].filter((index) => index % 3 === i),
          ),
        ),
      );
      expectClose(summarised(shards.reduceRight(mergeShards), plan, stage), whole);
    });
  });

  test('attribution of heads against their direct effects, a sample a window: exact without LayerNorm, not with it', async () => {
    const { models, stage } = await tinyArms(await openBackend());
    const original = models.original as Model;
    const plan = planFor(original, 65, { window: 8, want: ['direct-effect'] });
    const { arms } = summarised(await readAll(stage, plan), plan, stage);
    const [withNorm, without] = arms.map(({ directEffect }) => directEffect);
    const { nLayers, nHeads } = original.config;
    expect(withNorm).toMatchObject({
      over: 'heads',
      terms: nLayers * nHeads,
      positions: windowCount(plan.reading),
    });
    expect(withNorm?.heads.at(-1)).toMatchObject({ layer: nLayers - 1, head: nHeads - 1 });
    expect(withNorm?.pooled.value).toBeGreaterThan(1);
    expect(without?.pooled.value).toBeLessThan(0.05); // claim 5: the same thing, up to the rounding of f32

    // The pooled ratio is that of the windows' own direct effects.
    let [error, size] = [0, 0];
    for (let index = 0; index < windowCount(plan.reading); index++) {
      const { tokens } = windowAt(plan.reading, index);
      const cache = await original.run(
        [tokens],
        directEffectHooks(original.config, 'head', null).concat('ln_final.hook_normalized'),
      );
      const { terms } = await directEffect(
        { model: original, cache },
        {
          positions: tokens.length - 2,
          target: [tokens.at(-1) as number],
          contrast: [],
          centerUnembed: true,
          unit: 'head',
          layers: null,
        },
      );
      cache.dispose();
      for (const { head, difference, directEffect } of terms) {
        if (head === undefined) continue;
        error += Math.abs(difference);
        size += Math.abs(directEffect);
      }
    }
    expect(withNorm?.pooled.value).toBeCloseTo((100 * error) / size, 2);
  });

  test('ablated neurons change what neuron-ablation says of each window, and without LayerNorm nothing goes through it', async () => {
    const { models, stage } = await tinyArms(await openBackend());
    const original = models.original as Model;
    const { dMlp } = original.config;
    const neurons = [1, 5];
    const means = Object.fromEntries(['original', 'lnfree'].map((arm) => [arm, Array(dMlp).fill(0.25)]));
    const plan = planFor(original, 40, { window: 8, ablate: { neurons, means } });
    const { arms } = summarised(await readAll(stage, plan), plan, stage);
    const [withNorm, without] = arms.map(({ ablation }) => ablation);
    const expected = { entropy: [] as number[], lossDirect: [] as number[] };
    for (let index = 0; index < windowCount(plan.reading); index++) {
      const { tokens } = windowAt(plan.reading, index);
      const cache = await original.run([tokens], neuronAblationHooks(original.config));
      const own = await neuronAblation(
        { model: original, cache },
        {
          neurons,
          mean: [0.25, 0.25],
          meanFrom: 'given',
          cumulative: false,
          frequencies: null,
          position: -1,
          k: 1,
          piece: PIECE,
        },
      );
      cache.dispose();
      for (let p = 1; p < tokens.length - 1; p++) {
        expected.entropy.push((own.entropyTotal.data[p] as number) - (own.entropy.data[p] as number));
        expected.lossDirect.push((own.lossDirect.data[p] as number) - (own.loss.data[p] as number));
      }
    }
    expect(withNorm).toMatchObject({ neurons, mean: 'given', positions: expected.entropy.length });
    expect(withNorm?.entropy.total.mean).toBeCloseTo(average(expected.entropy), 5);
    expect(withNorm?.loss.direct.mean).toBeCloseTo(average(expected.lossDirect), 5);
    expect(expected.entropy).toHaveLength(30); // five windows of seven scored positions, without position 0
    const sizes = expected.entropy.map(Math.abs).sort((a, b) => a - b);
    expect(withNorm?.entropy.medianSize).toBeCloseTo(average([15, 14].map((i) => sizes[i] as number)), 5);
    expect(withNorm?.entropy.total.interval?.[0]).toBeLessThan(withNorm?.entropy.total.mean as number);
    expect(Math.abs(withNorm?.entropy.lnShare as number)).toBeGreaterThan(1e-3);
    expect(without?.entropy.lnShare).toBeCloseTo(0, 5);
    expect(without?.loss.total.mean).toBe(without?.loss.direct.mean);
  });

  test('attribution over two documents is the plain mean of what dla-per-position says of each', async () => {
    const { models, stage } = await tinyArms(await openBackend());
    const documents = [TEXT.slice(0, 6), TEXT.slice(6, 13)];
    const { config } = models.original as Model;
    // A window a document: the first ends with the token that joins them.
    const plan = corpusPlan(
      { documents, window: 7, want: ['attribution'], resamples: 50 },
      config,
      null,
      Object.keys(models),
    );
    const prompts = [[...(documents[0] as number[]), config.bosTokenId as number], documents[1] as number[]];
    for (const { id, attribution } of summarised(await readAll(stage, plan), plan, stage).arms) {
      const each: DlaPerPositionArm[] = [];
      for (const prompt of prompts) each.push(await attributed(models[id] as Model, prompt));
      const plain = (value: (of: DlaPerPositionArm, position: number) => number) =>
        average(each.map((of) => average(Array.from({ length: 6 }, (_, p) => value(of, p)))));
      const { nLayers, nHeads } = config;
      const term = (label: string) => attribution?.terms.find((of) => of.label === label);
      expect(attribution?.positions).toBe(12); // position 0 of each is one of them
      expect(attribution?.terms).toHaveLength(3 + 2 * nLayers);
      for (const label of ['embed', 'pos_embed', 'b_U'] as const) {
        expect(term(label)?.mean).toBeCloseTo(
          plain(({ terms }, p) => terms[label].data[p] as number),
          5,
        );
        expect(term(label)?.size.mean).toBeCloseTo(
          plain(({ terms }, p) => Math.abs(terms[label].data[p] as number)),
          5,
        );
      }
      for (const kind of ['attn', 'mlp'] as const)
        for (let layer = 0; layer < nLayers; layer++)
          expect(term(`L${layer}.${kind}`)?.size.mean).toBeCloseTo(
            plain(({ terms }, p) => Math.abs(terms[kind].data[p * nLayers + layer] as number)),
            5,
          );
      expect(attribution?.heads).toHaveLength(nLayers * nHeads);
      attribution?.heads.forEach(({ layer, head, mean, size }, i) => {
        const share = ({ heads }: DlaPerPositionArm, p: number) =>
          heads?.data[(p * nLayers + (layer as number)) * nHeads + (head as number)] as number;
        expect(i).toBe((layer as number) * nHeads + (head as number));
        expect(mean).toBeCloseTo(plain(share), 5);
        expect(size.mean).toBeCloseTo(
          plain((of, p) => Math.abs(share(of, p))),
          5,
        );
        expect(size.interval?.[0]).toBeLessThanOrEqual(size.mean);
        expect(size.interval?.[1]).toBeGreaterThanOrEqual(size.mean);
      });
      expect(attribution?.actual).toBeCloseTo(
        plain(({ actual }, p) => actual.data[p] as number),
        5,
      );
      const means = attribution?.terms.map(({ mean }) => mean) ?? [];
      expect(means.reduce((sum, x) => sum + x, 0)).toBeCloseTo(attribution?.actual as number, 4);
      expect(attribution?.error).toBeCloseTo(Math.max(...each.flatMap(({ error }) => [...error.data])), 6);
      expect(attribution?.unclosed).toBe(0);
      expect(attribution?.convention.finalScale).toBe(id === 'original' ? 'frozen' : 'none');
    }
  });

  test('where windows overlap, attribution counts the positions that are scored there, and BOS where it predicts', async () => {
    const { models, stage } = await tinyArms(await openBackend());
    const lnfree = models.lnfree as Model;
    const plan = planFor(lnfree, 20, { window: 7, stride: 4, prependBos: true, want: ['attribution'] });
    const own = summarised(await readAll(stage, plan), plan, stage).arms[1]?.attribution;
    const embed: number[] = [];
    for (let index = 0; index < windowCount(plan.reading); index++) {
      const { tokens, from } = windowAt(plan.reading, index);
      const { terms } = await attributed(lnfree, tokens);
      embed.push(...terms.embed.data.subarray(from));
    }
    expect(embed).toHaveLength(scoredTokens(plan.reading));
    expect(own?.positions).toBe(embed.length);
    expect(own?.terms[0]?.label).toBe('embed');
    expect(own?.terms[0]?.mean).toBeCloseTo(average(embed), 5);
    expect(own?.terms[0]?.size.mean).toBeCloseTo(average(embed.map(Math.abs)), 5);
  });

  test('corpus means are those of every scored position but position 0', async () => {
    const { models, stage } = await tinyArms(await openBackend());
    const original = models.original as Model;
    const plan = planFor(original, 65, { window: 8, stride: 5, want: ['activation-means'] });
    const { arms } = summarised(await readAll(stage, plan), plan, stage);
    const layer = original.config.nLayers - 1;
    const hooks = [`blocks.${layer}.mlp.hook_post`, 'blocks.0.ln1.hook_scale', 'ln_final.hook_scale'];
    const sums = [0, 0, 0];
    let positions = 0;
    for (let index = 0; index < windowCount(plan.reading); index++) {
      const { tokens, from } = windowAt(plan.reading, index);
      const cache = await original.run([tokens], hooks);
      const [post, first, final] = await cache.ops.read(hooks.map((hook) => cache.get(hook)));
      for (let p = Math.max(1, from); p < tokens.length - 1; p++) {
        positions++;
        sums[0]! += post?.[p * original.config.dMlp + 3] as number;
        sums[1]! += first?.[p] as number;
        sums[2]! += final?.[p] as number;
      }
      cache.dispose();
    }
    const means = arms[0]?.means;
    expect(means?.positions).toBe(positions);
    expect(means?.neurons.layer).toBe(layer);
    expect(means?.neurons.mean[3]).toBeCloseTo((sums[0] as number) / positions, 5);
    expect(means?.scales).toHaveLength(2 * original.config.nLayers + 1);
    expect(means?.scales[0]?.mean).toBeCloseTo((sums[1] as number) / positions, 5);
    expect(means?.scales.at(-1)?.mean).toBeCloseTo((sums[2] as number) / positions, 5);
    expect(arms[1]?.means?.scales).toEqual([]); // nothing is divided without LayerNorm
  });
}

/** dla-per-position of one prompt, each position explaining the token that came. */
async function attributed(model: Model, tokens: readonly number[]): Promise<DlaPerPositionArm> {
  const cache = await model.run([tokens], attributionHooks(model.config));
  try {
    return await attributedRun({ model, cache });
  } finally {
    cache.dispose();
  }
}

interface Place {
  p: Float64Array;
  loss: number;
  entropy: number;
  best: number;
  right: boolean;
}

/** Every scored position of every window, of the logits as the model gives them, in f64. */
async function byHand(model: Model, { reading }: CorpusPlan): Promise<Place[]> {
  const places: Place[] = [];
  const n = model.config.dVocab;
  for (let index = 0; index < windowCount(reading); index++) {
    const { tokens, from } = windowAt(reading, index);
    const cache = await model.run([tokens], ['logits']);
    const [logits] = await cache.ops.read([cache.get('logits')]);
    cache.dispose();
    for (let position = from; position < tokens.length - 1; position++) {
      const row = Float64Array.from(logits.subarray(position * n, (position + 1) * n));
      const most = Math.max(...row);
      const sum = row.reduce((total, x) => total + Math.exp(x - most), 0);
      const p = row.map((x) => Math.exp(x - most) / sum);
      const best = Math.max(...p);
      const next = p[tokens[position + 1] as number] as number;
      places.push({
        p,
        loss: -Math.log(next),
        entropy: -p.reduce((total, x) => total + x * Math.log(x), 0),
        best,
        right: next === best,
      });
    }
  }
  return places;
}

const average = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

function divergence(p: Float64Array, q: Float64Array): number {
  const kl = (a: Float64Array, b: (i: number) => number) =>
    a.reduce((sum, x, i) => sum + x * Math.log(x / b(i)), 0);
  const mean = (i: number) => ((p[i] as number) + (q[i] as number)) / 2;
  return (kl(p, mean) + kl(q, mean)) / 2;
}

function expectedCalibrationError(places: readonly Place[]): number {
  let error = 0;
  for (let bin = 0; bin < 10; bin++) {
    const some = places.filter(({ best }) => best > bin / 10 && best <= (bin + 1) / 10);
    if (some.length > 0)
      error +=
        some.length *
        Math.abs(average(some.map(({ best }) => best)) - average(some.map(({ right }) => Number(right))));
  }
  return error / places.length;
}

/** Equal, numbers up to the rounding of f32: a batch of another size may add up in another order. */
function expectClose(actual: unknown, expected: unknown, where = ''): void {
  if (typeof expected === 'number' && typeof actual === 'number') {
    const slack = 1e-5 * Math.max(1, Math.abs(expected));
    expect(Math.abs(actual - expected), `${where}: ${actual} for ${expected}`).toBeLessThanOrEqual(slack);
  } else if (expected && typeof expected === 'object') {
    expect(Object.keys(actual as object), where).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected))
      expectClose((actual as Record<string, unknown>)[key], value, `${where}.${key}`);
  } else expect(actual, where).toBe(expected);
}
