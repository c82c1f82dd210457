import { describe, expect, test } from 'vitest';
import { TINY_PROMPT, tiny } from '../../tools/tinyModel.ts';
import type { Model } from '../model/model.ts';
import { OpsModel } from '../model/opsModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { neuronStats, rankConfidenceNeurons } from './confidenceNeurons.ts';
import { directLogitAttribution, dlaBetween, dlaHooks } from './directLogitAttribution.ts';
import { predictions, predictionsOf } from './predictions.ts';
import { tokenStats, tokenStatsOf } from './tokenStats.ts';
import type { DlaUnit } from './types/index.ts';
import { nullSpace, unembeddingSpectrum } from './unembeddingSpectrum.ts';

/**
 * A model small enough for pencil and paper: no layers, d_model 2, three tokens. The residual is W_E[id]; centring
 * leaves (±a, ∓a); W_U rows are chosen so that logits come out as whole numbers.
 */
function handMade(unembed: number[], kind: ModelConfig['norm']): Model {
  const config: ModelConfig = {
    nLayers: 0,
    nHeads: 1,
    dModel: 2,
    dHead: 2,
    dMlp: 2,
    nCtx: 4,
    dVocab: 3,
    norm: kind,
    bosTokenId: null,
    tiedEmbedding: false,
  };
  const f32 = (shape: number[], data: number[]) => ({
    dtype: 'f32' as const,
    shape,
    data: Float32Array.from(data),
  });
  return OpsModel.fromHost(createCpuBackend(), config, {
    W_E: f32([3, 2], [1, -1, 2, -2, 0, 0]),
    W_pos: f32([4, 2], [0, 0, 0, 0, 0, 0, 0, 0]),
    blocks: [],
    lnFinal: { w: f32([2], [1, 1]), b: f32([2], [0, 1]) },
    W_U: f32([3, 2], unembed),
  });
}

const linear = handMade([1, 0, 0, 1, 0, 0], { kind: 'linear' });
const run = async (model: Model, tokens: number[]) => ({
  model,
  cache: await model.run([tokens], dlaHooks(model.config, 'component')),
});

describe('by hand: residual (1, −1) then (2, −2), bias (0, 1), logits [x₀, x₁ + 1, 0]', () => {
  test('predictions: logits [2, −1, 0] after token 1', async () => {
    const p = await predictions(await run(linear, [0, 1]), {
      position: -1,
      k: 2,
      piece: (id) => 'abc'[id] as string,
    });
    const z = Math.exp(2) + Math.exp(-1) + 1;
    expect(p.position).toBe(1);
    expect(p.top.map(({ id, piece, logit, rank }) => ({ id, piece, logit, rank }))).toEqual([
      { id: 0, piece: 'a', logit: 2, rank: 0 },
      { id: 2, piece: 'c', logit: 0, rank: 1 },
    ]);
    expect(p.top[0]?.prob).toBeCloseTo(Math.exp(2) / z, 6);
    expect(p.meanLogit).toBeCloseTo(1 / 3, 6);
    expect(p.top[0]?.centeredLogit).toBeCloseTo(5 / 3, 6);
    const H = Math.log(z) - (2 * Math.exp(2) - Math.exp(-1)) / z;
    expect(p.entropy).toBeCloseTo(H, 6);
    expect([p.next, p.loss]).toEqual([null, null]);
  });

  test('predictions score the tokens asked for, whatever their rank', async () => {
    const p = await predictions(await run(linear, [0, 1]), {
      position: 0,
      k: 1,
      score: [2, 0],
      piece: String,
    });
    expect(p.top.map(({ id }) => id)).toEqual([0]);
    expect(p.asked?.map(({ id, logit }) => [id, logit])).toEqual([
      [2, 0],
      [0, 1],
    ]);
    expect(p.next?.id).toBe(1);
  });

  test('predictions at an earlier position name the actual next token and its loss', async () => {
    const p = await predictions(await run(linear, [0, 1]), { position: 0, k: 1, piece: String });
    const z = Math.exp(1) + 1 + 1; // logits [1, 0, 0]
    expect(p.next).toMatchObject({ id: 1, logit: 0, rank: 1 });
    expect(p.loss).toBeCloseTo(Math.log(z), 6);
  });

  test('token stats: loss, rank and entropy per position', async () => {
    const stats = await tokenStats(await run(linear, [0, 1, 0]));
    expect(stats.entropy.shape).toEqual([3]);
    expect(stats.loss.shape).toEqual([2]);
    expect(stats.loss.data[0]).toBeCloseTo(Math.log(Math.exp(1) + 2), 6); // token 1, logit 0
    expect(stats.loss.data[1]).toBeCloseTo(Math.log(Math.exp(2) + Math.exp(-1) + 1) - 2, 6); // token 0, logit 2
    expect([...stats.rank.data]).toEqual([1, 0]);
  });

  test('a prompt of one token has an entropy and no loss', async () => {
    const stats = await tokenStats(await run(linear, [0]));
    expect([stats.entropy.shape, stats.loss.shape, stats.rank.shape]).toEqual([[1], [0], [0]]);
  });

  test('dla: token 0 against the mean of 1 and 2; the bias is its own term', async () => {
    const dla = await directLogitAttribution(await run(linear, [0, 1]), {
      position: 1,
      target: [0],
      contrast: [1, 2],
      centerUnembed: true,
      unit: 'component',
      valueBias: 'head',
    });
    // u = (1, 0) − ½(0, 1) = (1, −½); centred (¾, −¾); on (2, −2): 3; bias (0, 1)·u = −½; actual 2 − ½(−1 + 0) = 2.5
    expect(dla.terms.map(({ label, value }) => [label, value])).toEqual([
      ['embed', 3],
      ['pos_embed', 0],
      ['b_U', -0.5],
    ]);
    expect([dla.sum, dla.actual, dla.error]).toEqual([2.5, 2.5, 0]);
    expect(dla.convention).toEqual({ finalScale: 'none', scale: 1, centerUnembed: true, valueBias: 'head' });
  });

  test('dla with LN divides by the frozen scale: σ of (2, −2) is 2', async () => {
    const model = handMade([1, 0, 0, 1, 0, 0], { kind: 'layer', eps: 1e-12 });
    const dla = await directLogitAttribution(await run(model, [0, 1]), {
      position: 1,
      target: [0],
      contrast: [],
      centerUnembed: false,
      unit: 'component',
      valueBias: 'head',
    });
    expect(dla.convention.scale).toBeCloseTo(2, 6);
    expect(dla.terms[0]?.value).toBeCloseTo(1, 6); // (½·2 + ½·2)/2 = 1
    expect(dla.actual).toBeCloseTo(1, 6);
  });

  test('differences are second − first, over the union of both lists', async () => {
    const other = handMade([0, 0, 0, 1, 1, 0], { kind: 'linear' }); // logits [0, −1, 2] after token 1
    const runs = await Promise.all([linear, other].map((model) => run(model, [0, 1])));
    const { between } = await predictionsOf(runs, { position: 1, k: 1, piece: String });
    const rows = between[0]?.rows ?? [];
    expect(rows.map((row) => row.id)).toEqual([0, 2]);
    expect(rows[0]).toMatchObject({
      first: { logit: 2, rank: 0 },
      second: { logit: 0, rank: 1 },
      difference: { logit: -2, rank: 1 },
    });
    expect(rows[1]?.difference.logit).toBe(2);

    const stats = await tokenStatsOf(runs);
    const { jsd, kl, klReverse } = stats.between[0] as (typeof stats.between)[0];
    // The two distributions are each other's mirror image, so both divergences agree.
    expect(kl.data[1]).toBeCloseTo(klReverse.data[1] as number, 6);
    const p = rows[0]?.first.prob as number;
    const q = rows[0]?.second.prob as number;
    expect(kl.data[1]).toBeCloseTo(2 * (p - q), 6); // (p₀ − p₂)·(2 − 0)
    expect(jsd.data[1]).toBeLessThan(kl.data[1] as number);
  });
});

describe('units of dla', () => {
  test('folding value biases moves b_V·W_O from each head to b_O and changes no sum', async () => {
    const { model } = await tiny({ form: 'layer' });
    const ask = async (unit: DlaUnit, valueBias: 'head' | 'folded') => {
      const cache = await model.run([TINY_PROMPT], dlaHooks(model.config, unit));
      return directLogitAttribution(
        { model, cache },
        { position: -1, target: [4], contrast: [9], centerUnembed: true, unit, valueBias },
      );
    };
    const value = (dla: Awaited<ReturnType<typeof ask>>, label: string) =>
      dla.terms.find((term) => term.label === label)?.value as number;
    const [inHeads, folded] = [await ask('head', 'head'), await ask('head', 'folded')];
    expect(folded.sum).toBeCloseTo(inHeads.sum, 5);
    const moved = [0, 1, 2].map((h) => value(inHeads, `L1H${h}`) - value(folded, `L1H${h}`));
    expect(Math.max(...moved.map(Math.abs))).toBeGreaterThan(0.01);
    expect(value(folded, 'L1.b_O') - value(inHeads, 'L1.b_O')).toBeCloseTo(
      moved.reduce((a, b) => a + b, 0),
      5,
    );

    // Head by source adds up to the head, in both gauges; neurons add up to the MLP.
    for (const [bySource, byHead, gauge] of [
      [await ask('head-source', 'head'), inHeads, 'head'],
      [await ask('head-source', 'folded'), folded, 'folded'],
    ] as const) {
      const sum = bySource.terms
        .filter((t) => t.layer === 1 && t.head === 2)
        .reduce((s, t) => s + t.value, 0);
      expect(sum, gauge).toBeCloseTo(value(byHead, 'L1H2'), 5);
    }
    const neurons = await ask('neuron', 'head');
    const mlp = neurons.terms.filter(
      (t) => t.layer === 0 && (t.neuron !== undefined || t.label === 'L0.b_out'),
    );
    expect(mlp).toHaveLength(49);
    expect(mlp.reduce((s, t) => s + t.value, 0)).toBeCloseTo(value(inHeads, 'L0.mlp'), 5);
  });

  test('between subtracts term by term', async () => {
    const { model } = await tiny({ form: 'layer' });
    const cache = await model.run([TINY_PROMPT], dlaHooks(model.config, 'head'));
    const ask = (target: number) =>
      directLogitAttribution(
        { model, cache },
        { position: 3, target: [target], contrast: [], centerUnembed: true, unit: 'head', valueBias: 'head' },
      );
    const [a, b] = [await ask(1), await ask(2)];
    const between = dlaBetween(a, b);
    expect(between.sum).toBe(b.sum - a.sum);
    expect(between.terms[4]?.value).toBe((b.terms[4]?.value as number) - (a.terms[4]?.value as number));
  });

  test('bad questions are InputErrors that say what is allowed', async () => {
    const { model } = await tiny({ form: 'layer' });
    const cache = await model.run([TINY_PROMPT], dlaHooks(model.config, 'head'));
    const ask = (change: object) =>
      directLogitAttribution(
        { model, cache },
        {
          position: 0,
          target: [1],
          contrast: [],
          centerUnembed: true,
          unit: 'head',
          valueBias: 'head',
          ...change,
        },
      );
    await expect(ask({ position: 8 })).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('0 to 7'),
    });
    await expect(ask({ position: -9 })).rejects.toMatchObject({ name: 'InputError' });
    await expect(ask({ position: 1.5 })).rejects.toMatchObject({ name: 'InputError' });
    await expect(ask({ target: [] })).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('target'),
    });
    await expect(ask({ target: [29] })).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('0 to 28'),
    });
    await expect(ask({ contrast: [-1] })).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('contrast'),
    });
  });
});

describe('confidence neurons', () => {
  test('LogitVar equals the variance of the cosines taken one by one', async () => {
    const { model, host, config } = await tiny({ form: 'layer', tied: false });
    const { ranking, spectrum } = await rankConfidenceNeurons(model, 2);
    const { dModel: d, dVocab: n } = config;
    const [W_U, gain] = [host.W_U.data, host.lnFinal.w.data];
    const W_out = host.blocks[1]?.W_out.data as Float32Array;

    const columns = Array.from({ length: n }, (_, v) => {
      const column = Array.from({ length: d }, (_, i) => (W_U[v * d + i] as number) * (gain[i] as number));
      const mean = column.reduce((s, x) => s + x, 0) / d;
      return column.map((x) => x - mean);
    });
    const centre = columns[0]?.map((_, i) =>
      columns.reduce((s, c) => s + (c[i] as number) / n, 0),
    ) as number[];
    const centred = columns.map((c) => c.map((x, i) => x - (centre[i] as number)));
    for (const { neuron, norm, logitVar, score } of ranking.slice(0, 5)) {
      const row = Array.from(W_out.subarray(neuron * d, (neuron + 1) * d));
      const mean = row.reduce((s, x) => s + x, 0) / d;
      const w = row.map((x) => x - mean);
      const length = Math.hypot(...w);
      const cosines = centred.map(
        (c) => c.reduce((s, x, i) => s + x * (w[i] as number), 0) / (Math.hypot(...c) * length),
      );
      const average = cosines.reduce((s, x) => s + x, 0) / n;
      const variance = cosines.reduce((s, x) => s + (x - average) ** 2, 0) / (n - 1);
      expect(norm).toBeCloseTo(length, 6);
      expect(logitVar).toBeCloseTo(variance, 8);
      expect(score).toBeCloseTo(length / variance, 3);
    }
    expect(spectrum.singularValues[d - 1]).toBeLessThan(1e-5); // all-ones: the norm centres
  });

  test('null-space shares of all directions but all-ones add up to 1, and a writer inside it has 1', async () => {
    const { model, config } = await tiny({ form: 'layer' });
    const spectrum = await unembeddingSpectrum(model);
    const everything = nullSpace(spectrum, config.dModel - 1);
    const some = Array.from({ length: config.dModel }, (_, i) => Math.sin(i + 1));
    expect(neuronStats(0, some, spectrum, everything).nullShare).toBeCloseTo(1, 8);

    const [least] = nullSpace(spectrum, 1);
    expect(Math.abs((least as Float64Array).reduce((s, x) => s + x, 0))).toBeLessThan(1e-6); // not all-ones itself
    const inside = neuronStats(
      0,
      (least as Float64Array).map((x) => 5 * x),
      spectrum,
      nullSpace(spectrum, 2),
    );
    expect(inside.norm).toBeCloseTo(5, 8);
    expect(inside.nullShare).toBeCloseTo(1, 8);
  });

  test('a neuron that writes nothing ranks last instead of dividing by zero', async () => {
    const { model, config } = await tiny({ form: 'layer' });
    const spectrum = await unembeddingSpectrum(model);
    expect(neuronStats(7, new Float64Array(config.dModel), spectrum, nullSpace(spectrum, 1))).toEqual({
      neuron: 7,
      norm: 0,
      logitVar: 0,
      score: 0,
      rank: 0,
      nullShare: 0,
    });
  });
});
