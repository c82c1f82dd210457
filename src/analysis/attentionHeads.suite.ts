/** Scores of hand-made patterns, patterns of seeded models against the plain sums, the same on every backend. */

import { describe, expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { maxDifference, TINY_PROMPT } from '../../tools/tinyModel.ts';
import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import { ActivationCache } from '../model/cache.ts';
import { blockHook } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import type { StorageDType } from '../tensor/params.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../weights/testing.ts';
import {
  type AttentionOptions,
  attentionBetween,
  attentionHeads,
  attentionHooks,
  headAsked,
} from './attentionHeads.ts';
import { binsOf, sinkRate, THUMBNAIL } from './attentionHeadsOverview.ts';
import { directLogitAttribution, dlaHooks } from './directLogitAttribution.ts';
import { uploadIds, withScratch } from './scratch.ts';
import type { AttentionArm, HeadScores } from './types/index.ts';

const OPTIONS: AttentionOptions = {
  overview: true,
  epsilon: 0.3,
  of: null,
  target: [],
  contrast: [],
  centerUnembed: true,
};

async function askAttention(
  model: Model,
  prompt: readonly number[],
  change: Partial<AttentionOptions> = {},
  also: readonly string[] = [],
): Promise<AttentionArm> {
  const options = { ...OPTIONS, ...change };
  const cache = await model.run([prompt], [...attentionHooks(model.config, options), ...also]);
  try {
    return await attentionHeads({ model, cache }, options);
  } finally {
    cache.dispose();
  }
}

/** A repeated phrase behind a token of its own: 5, 6 and 7 come again at 4, 5 and 6. */
const REPEATED = [9, 5, 6, 7, 5, 6, 7];

/** Where query q of each made-up head looks, all or in part. */
const HEADS: readonly ((query: number) => Record<number, number>)[] = [
  (q) => ({ [Math.max(0, q - 1)]: 1 }), // the token before
  (q) => ({ [q]: 1 }), // itself
  (q) => (q < 4 ? { 0: 1 } : { [q - 3]: 0.75, 0: 0.25 }), // earlier occurrences
  (q) => (q < 4 ? { 0: 1 } : { [q - 2]: 0.5, [q]: 0.5 }), // what came after them
];

const EXPECTED: Record<keyof HeadScores, number[]> = {
  previous: [1, 0, 1 / 6, 1 / 6], // at query 1 the token before is position 0
  self: [0, 1, 0, 0.25],
  first: [1 / 6, 0, (3 + 3 * 0.25) / 6, 0.5],
  duplicate: [0, 0, 0.75, 0],
  induction: [0, 0, 0, 0.5],
};

export function attentionHeadsSuite(openBackend: () => Promise<Backend>): void {
  const load = async (options: TinyCheckpointOptions, dtype: StorageDType = 'f32') =>
    loadModel(await openBackend(), memoryFiles(makeTinyCheckpoint(options)), dtype);

  /** A run whose only layer has these patterns. */
  async function withPatterns(tokens: readonly number[], heads: typeof HEADS) {
    const model = await load({ nLayers: 1, nHeads: heads.length, dModel: 4 * heads.length });
    const T = tokens.length;
    const data = new Float32Array(heads.length * T * T);
    heads.forEach((looks, head) => {
      for (let query = 0; query < T; query++)
        for (const [key, weight] of Object.entries(looks(query)))
          data[(head * T + query) * T + Number(key)] = weight;
    });
    const ops = model.backend.arena('made-up patterns');
    const pattern = ops.upload({ dtype: 'f32', shape: [1, heads.length, T, T], data }, 'pattern');
    const cache = new ActivationCache(ops, [tokens], new Map([[blockHook(0, 'attn.hook_pattern'), pattern]]));
    return { model, cache, data };
  }

  test('every score of made-up heads: before, itself, first, duplicate, induction', async () => {
    const run = await withPatterns(REPEATED, HEADS);
    const overview = must((await attentionHeads(run, OPTIONS)).overview, 'overview');
    for (const [name, expected] of Object.entries(EXPECTED)) {
      const score = must(overview.scores[name as keyof HeadScores], name);
      expect(score.shape, name).toEqual([1, 4]);
      expect(maxDifference(score.data, expected), name).toBeLessThan(1e-6);
    }
    expect(overview.queries).toEqual({ previous: 6, self: 6, first: 6, duplicate: 3, induction: 3 });
    expect(maxDifference(overview.thumbnails.data, run.data)).toBe(0);
    // > ε at query 1; never; at queries 1 to 3 (0.25 is not above 0.3); at queries 1 to 3.
    expect(maxDifference(must(overview.sinkByHead, 'sinks').data, [1 / 6, 0, 0.5, 0.5])).toBeLessThan(1e-6);
    expect(overview.sink).toEqual({ queries: 7 / 24, heads: 0.5 });
    expect(overview.sinkWithQuery0).toEqual({ queries: 11 / 28, heads: 0.5 });
    run.cache.dispose();
    run.model.park();
  });

  test('several earlier occurrences are added up, and the query’s own place is no induction', async () => {
    const run = await withPatterns([3, 3, 3], [(q) => ({ ...[[1], [0.5, 0.5], [0.25, 0.25, 0.5]][q] })]);
    const { scores, queries } = must((await attentionHeads(run, OPTIONS)).overview, 'overview');
    expect(queries).toMatchObject({ duplicate: 2, induction: 1 });
    expect(scores.duplicate?.data[0]).toBeCloseTo((0.5 + 0.5) / 2, 6); // key 0 of query 1; keys 0 and 1 of query 2
    expect(scores.induction?.data[0]).toBeCloseTo(0.25, 6); // key 1 of query 2; its own place 2 would be the other
    run.cache.dispose();
    run.model.park();
  });

  test('without repetition there is no duplicate and no induction; of one token nothing but itself', async () => {
    const model = await load({});
    const { overview } = await askAttention(model, [1, 2, 3]);
    expect(overview?.scores).toMatchObject({ duplicate: null, induction: null });
    expect(overview?.queries).toMatchObject({ previous: 2, duplicate: 0, induction: 0 });
    const alone = (await askAttention(model, [4])).overview;
    expect(Object.values(must(alone, 'overview').scores)).toEqual(Array(5).fill(null));
    expect(alone).toMatchObject({ sink: null, sinkByHead: null, sinkWithQuery0: { queries: 1, heads: 1 } });
    model.park();
  });

  test('the two sink rates part where few queries look away', () => {
    const mostly = [0.9, 0.9, 0.2, 0.2]; // mean 0.55
    expect(sinkRate([mostly, [0.25, 0.25, 0.25, 0.25]], 0.3)).toEqual({ queries: 0.25, heads: 0.5 });
    expect(sinkRate([mostly], 0.9)).toEqual({ queries: 0, heads: 0 }); // above, not at
  });

  test('patterns are the run’s own, recorded or made again from queries and keys', async () => {
    const model = await load({ nLayers: 2, dModel: 18, nHeads: 3, dVocab: 31 });
    const recordedHooks = [0, 1].map((layer) => blockHook(layer, 'attn.hook_pattern'));
    const [again, recorded] = [
      await askAttention(model, TINY_PROMPT, { of: { layer: 1, head: 2 } }),
      await askAttention(model, TINY_PROMPT, { of: { layer: 1, head: 2 } }, recordedHooks),
    ];
    const cache = await model.run([TINY_PROMPT], recordedHooks);
    const patterns = await cache.ops.read(recordedHooks.map((hook) => cache.get(hook)));
    cache.dispose();
    for (const { overview, head } of [again, recorded]) {
      expect(
        maxDifference(
          must(overview, 'overview').thumbnails.data,
          patterns.flatMap((p) => [...p]),
        ),
      ).toBeLessThan(1e-6);
      expect(
        maxDifference(must(head, 'head').pattern.data, must(patterns[1], 'layer 1').subarray(2 * 64)),
      ).toBeLessThan(1e-6);
      expect(head?.dlaWeighted).toBeNull();
    }
    model.park();
  });

  test('a long prompt’s thumbnails are pooled: totals over keys, means over queries', async () => {
    const T = 41;
    const model = await load({ nLayers: 1, nCtx: 48 });
    const prompt = Array.from({ length: T }, (_, i) => (7 * i) % 29);
    const overview = must((await askAttention(model, prompt)).overview, 'overview');
    const cache = await model.run([prompt], ['blocks.0.attn.hook_pattern']);
    const [pattern] = await cache.ops.read([cache.get('blocks.0.attn.hook_pattern')]);
    cache.dispose();
    const { bins, thumbnails } = overview;
    const n = THUMBNAIL;
    expect(bins).toEqual(binsOf(T));
    expect(bins).toHaveLength(n);
    expect(thumbnails.shape).toEqual([1, 3, n, n]);
    const of = (position: number) => bins.filter((start) => start <= position).length - 1;
    const expected = new Float32Array(3 * n * n);
    pattern.forEach((value, i) => {
      const [head, query, key] = [Math.floor(i / (T * T)), Math.floor(i / T) % T, i % T];
      const members = prompt.filter((_, p) => of(p) === of(query)).length;
      const at = (head * n + of(query)) * n + of(key);
      expected[at] = (expected[at] as number) + value / members;
    });
    expect(maxDifference(thumbnails.data, expected)).toBeLessThan(1e-6);
    for (let row = 0; row < 3 * n; row++) {
      const sum = thumbnails.data.subarray(row * n, (row + 1) * n).reduce((total, value) => total + value, 0);
      expect(sum).toBeCloseTo(1, 5);
    }
    model.park();
  });

  describe.each([
    ['with LN, tied, f32', { form: 'layer' }, 'f32'],
    [
      'LN-free, untied, d_model no multiple of 4, f16',
      { form: 'lnfree-2025', tied: false, dModel: 18, nHeads: 3 },
      'f16',
    ],
    ['with LN, 8-bit', { form: 'layer', seed: 4 }, 'q8'],
  ] as const)('%s', (_, options, dtype) => {
    test('value-weighted is A·‖v·W_O‖; DLA-weighted is dla’s head-source at every position', async () => {
      const model = await load(options, dtype);
      const { nHeads, dHead, dModel } = model.config;
      const [layer, head, T] = [1, 2, TINY_PROMPT.length];
      const question = { target: [3, 5], contrast: [1], centerUnembed: true };
      const asked = await askAttention(model, TINY_PROMPT, {
        overview: false,
        of: { layer, head },
        ...question,
      });
      expect(asked.overview).toBeNull();
      const own = must(asked.head, 'head');
      expect(own).toMatchObject({ layer, head, target: [3, 5], contrast: [1] });

      const cache = await model.run(
        [TINY_PROMPT],
        [blockHook(layer, 'attn.hook_v'), ...dlaHooks(model.config, 'head-source')],
      );
      const [v] = await cache.ops.read([cache.get(blockHook(layer, 'attn.hook_v'))]);
      const rows = Array.from({ length: dHead }, (_row, i) => head * dHead + i);
      const [W_O] = await withScratch(model, 'W_O', (ops) =>
        ops.read([ops.embed(must(model.params.blocks[layer], 'block').W_O, uploadIds(ops, rows))]),
      );
      const length = (key: number) => {
        const written = Array.from({ length: dModel }, (_column, c) =>
          rows.reduce(
            (sum, row, i) =>
              sum + (v[key * nHeads * dHead + row] as number) * (W_O[i * dModel + c] as number),
            0,
          ),
        );
        return Math.hypot(...written);
      };
      const weighted = own.pattern.data.map((attention, i) => attention * length(i % T));
      expect(maxDifference(own.valueWeighted.data, weighted)).toBeLessThan(1e-5);

      for (let position = 0; position < T; position++) {
        const dla = await directLogitAttribution(
          { model, cache },
          { ...question, position, unit: 'head-source', valueBias: 'head' },
        );
        const terms = dla.terms.filter((term) => term.layer === layer && term.head === head);
        const row = must(own.dlaWeighted, 'weighted by attribution').data.subarray(
          position * T,
          (position + 1) * T,
        );
        expect(terms).toHaveLength(position + 1);
        expect(
          maxDifference(
            row.subarray(0, position + 1),
            terms.map(({ value }) => value),
          ),
        ).toBeLessThan(1e-5);
        expect([...row.subarray(position + 1)].every((value) => value === 0)).toBe(true);
      }
      cache.dispose();
      model.park();
    });
  });

  test('two arms: second − first, and nothing where there is nothing', async () => {
    const models = await Promise.all([1, 2].map((seed) => load({ seed })));
    const [first, second] = await Promise.all(models.map((model) => askAttention(model, [1, 2, 3])));
    if (!first?.overview || !second?.overview) throw new Error('two overviews were asked');
    const { scores, sink } = attentionBetween(first, second);
    const previous = [first, second].map(({ overview }) => overview?.scores.previous?.data[4] as number);
    expect(scores?.previous?.data[4]).toBeCloseTo((previous[1] as number) - (previous[0] as number), 6);
    expect(scores?.induction).toBeNull();
    const rates = [first, second].map(({ overview }) => overview?.sink?.queries as number);
    expect(sink?.queries).toBeCloseTo((rates[1] as number) - (rates[0] as number), 6);
    expect(attentionBetween({ ...first, overview: null }, second)).toEqual({ scores: null, sink: null });
    const deeper = await load({ nLayers: 3 });
    const uneven = attentionBetween(first, await askAttention(deeper, [1, 2, 3]));
    expect(Object.values(must(uneven.scores, 'scores'))).toEqual(Array(5).fill(null));
    expect(uneven.sink).not.toBeNull();
    for (const model of [...models, deeper]) model.park();
  });

  test('half a head, a head there is not, a share above 1 and nothing at all are refused', async () => {
    const model = await load({});
    for (const wrong of [
      { layer: 1 },
      { head: 0 },
      { layer: 2, head: 0 },
      { layer: 0, head: 3 },
      { layer: 0.5, head: 0 },
    ])
      expect(() => headAsked(model.config, wrong)).toThrow(InputError);
    expect(headAsked(model.config, {})).toBeNull();
    await expect(askAttention(model, TINY_PROMPT, { epsilon: 1.1 })).rejects.toThrow(InputError);
    await expect(askAttention(model, TINY_PROMPT, { overview: false })).rejects.toThrow(InputError);
    model.park();
  });
}
