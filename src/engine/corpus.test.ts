/** A text read in windows: on the CPU twin, through the service, against golden logits, and where it explodes. */

import { describe, expect, test } from 'vitest';
import { createCpuService } from '../../tools/cpuService.ts';
import { GOLDEN_ARMS, loadGoldenModel, ofPrompt, readGolden } from '../../tools/golden.ts';
import { hasShared, readShared, readSharedJson } from '../../tools/readShared.ts';
import { tiny, withParams } from '../../tools/tinyModel.ts';
import { attributedRun, attributionHooks, attributionSums } from '../analysis/corpus/attribution.ts';
import { addRecord, emptyShard, mergeShards } from '../analysis/corpus/records.ts';
import { corpusArm } from '../analysis/corpus/summary.ts';
import {
  type Reading,
  readingOf,
  scoredIn,
  scoredTokens,
  windowAt,
  windowCount,
} from '../analysis/corpus/windows.ts';
import { must } from '../base/assert.ts';
import type { Model } from '../model/model.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { makeTinyCheckpoint } from '../weights/testing.ts';
import type { AnalysisRequest, AnalysisResult } from './api.ts';
import { corpusSuite, planFor, readAll, summarised, TEXT, tinyArms } from './corpus.suite.ts';
import { corpusPlan } from './corpus.ts';
import type { EngineService } from './service.ts';

corpusSuite(async () => createCpuBackend());

const CONFIG = { nCtx: 12, bosTokenId: 28 };

describe('windows', () => {
  const scored = (reading: Reading) =>
    Array.from({ length: windowCount(reading) }, (_, index) => windowAt(reading, index)).flatMap((window) =>
      Array.from({ length: scoredIn(window) }, (_, i) => window.start + window.from + i + 1 - window.prefix),
    );

  test.each([2, 3, 7, 12])(
    'windows of %i: every token is scored at most once, whatever the overlap',
    (window) => {
      for (const prependBos of [false, true])
        for (let length = prependBos ? 1 : 2; length <= 31; length++)
          for (let stride = 1; stride <= window - Number(prependBos); stride++) {
            const reading = readingOf([Array.from({ length }, (_, i) => i % 28)], CONFIG, {
              window,
              stride,
              prependBos,
            });
            const places = scored(reading);
            const overlaps = stride < window - Number(prependBos);
            const every = Array.from({ length }, (_, i) => i);
            const lost = prependBos ? () => false : (i: number) => (overlaps ? i === 0 : i % window === 0);
            expect(places, `${length} by ${stride}`).toEqual(every.filter((i) => !lost(i)));
            expect(scoredTokens(reading)).toBe(places.length);
          }
    },
  );

  test('a scored token has window − stride tokens before it, or all there are', () => {
    const reading = readingOf([TEXT], CONFIG, { window: 10, stride: 4 });
    for (let index = 1; index < windowCount(reading); index++)
      expect(windowAt(reading, index).from + 1).toBe(6);
  });

  test('documents are joined by the end-of-text token; empty ones are passed over', () => {
    const reading = readingOf([[1], [], [2, 3], [4]], CONFIG, {});
    expect(reading.tokens).toEqual([1, 28, 2, 3, 28, 4]);
    expect(reading).toMatchObject({ documents: 3, emptyDocuments: 1, window: 12, stride: 12, bos: null });
  });

  test.each([
    ['no text', [[]], {}, 'The text is empty'],
    ['no document', [], {}, 'The text is empty'],
    ['one token without BOS', [[5]], {}, 'a single token'],
    ['a window beyond the context', [[1, 2]], { window: 13 }, 'window is 13'],
    ['a window of one', [[1, 2]], { window: 1 }, 'window is 1'],
    ['a stride that leaves gaps', [[1, 2]], { window: 8, stride: 9 }, 'stride is 9'],
    ['a stride of the BOS too', [[1, 2]], { window: 8, stride: 8, prependBos: true }, 'stride is 8'],
  ])('%s is refused', (_, documents, options, message) => {
    expect(() => readingOf(documents, CONFIG, options)).toThrow(message);
  });

  test('one token with BOS is one prediction; two documents need a token between them', () => {
    expect(scoredTokens(readingOf([[5]], CONFIG, { prependBos: true }))).toBe(1);
    const nameless = { ...CONFIG, bosTokenId: null };
    expect(scoredTokens(readingOf([[5, 6]], nameless, {}))).toBe(1);
    expect(() => readingOf([[5], [6]], nameless, {})).toThrow('<|endoftext|>');
    expect(() => readingOf([[5, 6]], nameless, { prependBos: true })).toThrow('<|endoftext|>');
  });
});

describe('records', () => {
  test('a window taken in twice counts once; shards with the same window, or of another text, are refused', async () => {
    const { models, stage } = await tinyArms(createCpuBackend());
    const plan = planFor(models.original as Model, 20, { window: 8, want: ['activation-means'] });
    const shard = emptyShard();
    const records = [...(await readAll(stage, plan)).windows.values()];
    for (const record of [...records, ...records]) addRecord(shard, record);
    expect(shard.windows.size).toBe(records.length);
    expect(() => mergeShards(shard, shard)).toThrow('was read twice');
    const [first] = records;
    expect(() => addRecord(shard, { ...must(first, 'no record'), tokens: [1, 2] })).toThrow('another text');
  });
});

describe('outliers', () => {
  test('exploding logits and losses that are not finite are listed and never averaged in', async () => {
    const calm = await tiny({ dVocab: 29, nCtx: 12, tied: false });
    // Token 4 explodes the residual stream without a norm to tame it: its unembedding row is huge.
    const wild = withParams(calm, (name, values) =>
      name === 'W_U'
        ? values.map((x, i) => (Math.floor(i / calm.config.dModel) === 4 ? 1e7 * x : x))
        : undefined,
    );
    const broken = withParams(calm, (name, values) =>
      name === 'W_pos'
        ? values.map((x, i) => (Math.floor(i / calm.config.dModel) === 2 ? Number.NaN : x))
        : undefined,
    );
    const read = async ({ model }: { model: Model }) => {
      const plan = planFor(model, 12, { window: 12 });
      const stage = {
        arms: [{ id: 'only', config: model.config }],
        together: true,
        withArms: <T>(_: readonly string[], body: (models: readonly Model[]) => Promise<T>) => body([model]),
      };
      const shard = await readAll(stage, plan);
      return corpusArm(shard, plan.reading, 'only', model.config, { ...plan.summary, piece: String });
    };
    const exploded = await read(wild);
    expect(exploded.outliers.count).toBe(11);
    expect(exploded.outliers.places[0]?.logit).not.toBeCloseTo(0);
    expect(exploded.loss.mean).toBeNaN();
    expect(exploded.lossWithOutliers).toBeGreaterThan(1e3);

    const nan = await read(broken);
    const good = await read(calm);
    expect(good.outliers.count).toBe(0);
    expect(nan.outliers.count).toBe(9); // from position 2 on, which every later one reads
    expect(nan.outliers.nonFinite).toBe(9);
    expect(nan.loss.mean).toBeCloseTo((losses(good)[0] + losses(good)[1]) / 2, 5);
    expect(nan.range95[1]).toBe(Number.POSITIVE_INFINITY);
  });

  /** The first two, in the order of the text. */
  function losses({ worst }: { worst: { index: number; loss: number }[] }): [number, number] {
    const sorted = [...worst].sort((a, b) => a.index - b.index).map(({ loss }) => loss);
    return [sorted[0] as number, sorted[1] as number];
  }
});

test('outliers are left out of attribution, wherever a window begins to score', async () => {
  const { model } = await tiny({ dVocab: 29, nCtx: 12 });
  const cache = await model.run([TEXT.slice(0, 6)], attributionHooks(model.config));
  const all = await attributedRun({ model, cache });
  cache.dispose();
  const window = { index: 1, start: 0, tokens: TEXT.slice(0, 6), prefix: 0, from: 2 } as const;
  const losses = new Float32Array(3);
  const { positions, sums, sizes, actual } = attributionSums(all, window, {
    losses,
    outliers: [{ at: 1, logit: 1e5 }],
  });
  const [second, fourth] = [2, 4].map((p) => all.terms.embed.data[p] as number) as [number, number];
  expect(positions).toBe(2);
  expect(sums[0]).toBe(second + fourth);
  expect(sizes[0]).toBe(Math.abs(second) + Math.abs(fourth));
  expect(actual).toBe((all.actual.data[2] as number) + (all.actual.data[4] as number));
  expect(sums).toHaveLength(3 + model.config.nLayers * (2 + model.config.nHeads));
});

describe('the service', () => {
  const files = (seed: number) =>
    [...makeTinyCheckpoint({ seed, nCtx: 16 })].map(([name, bytes]) => new File([bytes], name));

  async function serviceWith(residency: 'all' | 'one-at-a-time'): Promise<EngineService> {
    const service = createCpuService();
    await service.start();
    await service.add({ id: 'mine', arms: { original: files(1), lnfree: files(2) } });
    await service.load({ pair: 'mine', residency, dtype: 'f32' });
    return service;
  }
  const ASK = { pair: 'mine', documents: [TEXT], window: 8 } as const;
  const ask = (change: Partial<AnalysisRequest<'corpus'>> = {}) =>
    ({ ...ASK, documents: [[...TEXT]], ...change }) as AnalysisRequest<'corpus'>;

  test('arms that take turns come to the same numbers, and say that they never met', async () => {
    const together = await (await serviceWith('all')).analyze('corpus', ask());
    const inTurns = await (await serviceWith('one-at-a-time')).analyze('corpus', ask());
    expect(Object.keys(inTurns.arms)).toEqual(['original', 'lnfree']);
    expect(inTurns.arms).toEqual(together.arms);
    expect(inTurns.coverage).toEqual(together.coverage);
    const [met, apart] = [together.between?.['original|lnfree'], inTurns.between?.['original|lnfree']];
    expect(met?.jsd?.mean).toBeGreaterThan(0);
    expect(apart).toMatchObject({ jsd: null, by: 'loss', deltaLoss: met?.deltaLoss, bands: met?.bands });
    expect(apart?.places[0]?.losses).toHaveLength(2);
  });

  test('progress counts windows; other questions are answered between them; an abort rejects and leaves the pair alone', async () => {
    const service = await serviceWith('all');
    const order: string[] = [];
    const controller = new AbortController();
    const reading = service.analyze(
      'corpus',
      ask({
        signal: controller.signal,
        documents: [Array.from({ length: 20 }, () => TEXT).flat()],
        window: 2,
        onProgress: ({ done, total, unit }) => {
          expect(unit).toBe('windows');
          expect(total).toBe(650);
          order.push('window');
          if (done > 0 && order.includes('prompt')) controller.abort(new Error('stop'));
        },
      }),
    );
    const prompt = service.analyze('predictions', { pair: 'demo', arms: ['original'], text: 'Once' });
    void prompt.then(() => order.push('prompt'));
    await expect(reading).rejects.toThrow('stop');
    expect(order.indexOf('window')).toBeLessThan(order.indexOf('prompt'));
    expect(order.lastIndexOf('window')).toBeGreaterThan(order.indexOf('prompt'));
    expect((await service.tokenize('Once')).ids.length).toBeGreaterThan(0); // the current pair is still the demo
  });

  let idle: Promise<EngineService> | null = null;

  test.each([
    [{ documents: undefined }, 'Give one of'],
    [{ text: 'a' }, 'Give one of'],
    [{ documents: [[99999]] }, '99999'],
    [{ documents: 'a' as never }, 'must be a list'],
    [{ documents: [5] as never }, 'nothing else'],
    [{ documents: [] }, 'is empty'],
    [{ want: ['everything' as never] }, 'activation-means'],
    [{ resamples: -1 }, 'resamples'],
    [{ seed: 0.5 }, 'seed'],
    [{ listed: 1e6 }, 'listed'],
    [{ ablate: { neurons: [1e6] } }, '1 to 64 neurons'],
    [{ ablate: { neurons: [0], means: { original: [1] } } }, 'for original'],
  ])('%j is refused', async (change, message) => {
    idle ??= serviceWith('all');
    const service = await idle;
    await expect(service.analyze('corpus', ask(change))).rejects.toThrow(message);
  });
});

describe('the demo', () => {
  test('reads tabs and control characters, finite or listed; the last partial covers what it says', async () => {
    const service = createCpuService();
    await service.start();
    const partials: AnalysisResult<'corpus'>[] = [];
    const text = `Once upon a time\t\t\t\r\f\u0003\u0000 there was\n\n\t\ta cat. `.repeat(6);
    const result = await service.analyze('corpus', {
      pair: 'demo',
      arms: ['original', 'lnfree'],
      text,
      window: 16,
      listed: 3,
      onPartial: (partial) => partials.push(partial),
    });
    const { coverage } = result;
    expect(coverage.complete).toBe(true);
    for (const arm of Object.values(result.arms)) {
      expect(Number.isFinite(arm.loss.mean)).toBe(true);
      expect(arm.worst).toHaveLength(3);
      expect(arm.worst[0]?.context.pieces.length).toBe((arm.worst[0]?.position ?? 0) + 1);
    }
    for (const partial of partials) {
      expect(partial.coverage.ofTokens).toBe(coverage.ofTokens);
      expect(partial.coverage.windows).toBeLessThanOrEqual(coverage.windows);
    }
  });

  test('an empty text is refused', async () => {
    const service = createCpuService();
    await service.start();
    await expect(service.analyze('corpus', { pair: 'demo', text: '' })).rejects.toMatchObject({
      name: 'InputError',
    });
  });
});

describe.skipIf(!hasShared).each(GOLDEN_ARMS)('golden, %s', (arm) => {
  test('the loss of a text is the mean of the reference losses, to 1e-4', async () => {
    const model = await loadGoldenModel(createCpuBackend(), arm);
    const golden = await readGolden(await readShared(`golden/${arm}.safetensors`));
    const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
    const named = Object.entries(prompts).filter(([, { length }]) => length === 20 || length === 15);
    // Prompts that are as long as the window: each is a window of its own.
    for (const window of [15, 20]) {
      const some = named.filter(([, { length }]) => length === window);
      const tokens = some.flatMap(([, ids]) => ids);
      const plan = corpusPlan({ tokens, window }, model.config, null);
      const stage = {
        arms: [{ id: arm, config: model.config }],
        together: true,
        withArms: <T>(_: readonly string[], body: (models: readonly Model[]) => Promise<T>) => body([model]),
      };
      const shard = await readAll(stage, plan);
      const own = corpusArm(shard, plan.reading, arm, model.config, { ...plan.summary, piece: String });
      const expected = some.flatMap(([name, ids]) => {
        const { data } = must(ofPrompt(golden, name).get('logits'), `${name} has no logits`);
        return ids.slice(1).map((id, p) => referenceLoss(data.subarray(p * 8192, (p + 1) * 8192), id));
      });
      const mean = expected.reduce((sum, x) => sum + x, 0) / expected.length;
      expect(own.coverage.tokens).toBe(expected.length);
      expect(Math.abs(own.loss.mean - mean)).toBeLessThan(1e-4);
    }
    model.park();
  });
});

function referenceLoss(logits: Float32Array, id: number): number {
  const most = logits.reduce((a, b) => Math.max(a, b));
  return most + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - most), 0)) - (logits[id] as number);
}

test('a summary of nothing read has no numbers', async () => {
  const { models, stage } = await tinyArms(createCpuBackend());
  const plan = planFor(models.original as Model, 20, { window: 8 });
  const { coverage, arms } = summarised(emptyShard(), plan, stage);
  expect(coverage).toMatchObject({ windows: 0, tokens: 0, complete: false });
  expect(arms[0]?.loss).toEqual({ mean: Number.NaN, interval: null });
});
