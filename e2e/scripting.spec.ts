import { DEMO, LAST } from '../tools/demo.ts';
import { blocksIn, textOf } from '../tools/docs/documents.ts';
import { engineReady, expect, test } from './helpers.ts';

test.use({ engine: 'wgsl' });

/** A person drives the engine from the console: docs/scripting.md, against the production build on real WebGPU. */

type PlainTensor = { axes: readonly string[]; shape: readonly number[]; data: number[] };

const PLAYWRIGHT = blocksIn(textOf('docs/scripting.md')).findLast(({ code }) =>
  code.startsWith('await page.'),
)?.code;

const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...values: unknown[]) => Promise<unknown>;

const PATTERN = `blocks.${LAST}.attn.hook_pattern`;
const GIRL = 'Once upon a time, there was a little girl who liked to play. One day,';

test('window.normless, from the first call to the last', async ({ page }) => {
  // Once: every start takes seconds on a software adapter. What is typed there is docs/scripting.md's example.
  const entropy = (await new AsyncFunction('page', `${PLAYWRIGHT}; return entropy;`)(page)) as Record<
    string,
    number[]
  >;
  await engineReady(page);

  await test.step('from Playwright, as the documentation has it', () => {
    expect(Object.keys(entropy)).toEqual(['original', 'vanilla', 'lnfree']);
    for (const nats of Object.values(entropy)) {
      expect(nats).toHaveLength(5);
      for (const each of nats) expect(each).toBeGreaterThan(0);
    }
  });

  await test.step('ready: every demo arm is loaded and the committed result reproduced', async () => {
    const { pairs, status, version } = await page.evaluate(async () => ({
      pairs: await normless.pairs(),
      status: normless.status(),
      version: normless.version,
    }));
    expect(pairs[0]?.arms.map(({ id, loaded, dtype }) => ({ id, loaded, dtype }))).toEqual([
      { id: 'original', loaded: true, dtype: 'f32' },
      { id: 'vanilla', loaded: true, dtype: 'f32' },
      { id: 'lnfree', loaded: true, dtype: 'f32' },
    ]);
    expect(status).toMatchObject({ phase: 'ready', error: null, selfCheck: { ok: true } });
    expect(status.selfCheck?.maxAbs).toBeGreaterThan(0); // f32 kernels cannot equal f64 sums to the last bit
    expect(status.adapter?.vendor).not.toBe('');
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  await test.step('run: hooks of every arm come back as labelled tensors that agree among themselves', async () => {
    const asked = {
      text: GIRL,
      hooks: ['hook_embed', 'hook_pos_embed', 'blocks.0.hook_resid_pre', PATTERN, 'ln_final.hook_scale'],
    };
    const run = await page.evaluate(async (asked) => {
      const result = await normless.run(asked);
      const plain = Object.entries(result.arms).map(([arm, { activations }]) => [
        arm,
        Object.fromEntries(
          Object.entries(activations).map(([hook, { axes, shape, data }]) => [
            hook,
            { axes, shape, data: [...data] },
          ]),
        ),
      ]);
      await normless.dispose(result);
      return {
        tokens: result.tokens,
        arms: Object.fromEntries(plain) as Record<string, Record<string, PlainTensor>>,
      };
    }, asked);
    expect(run.tokens.slice(0, 3)).toEqual([8191, 7454, 2402]);
    expect(Object.keys(run.arms)).toEqual(['original', 'vanilla', 'lnfree']);
    for (const [arm, activations] of Object.entries(run.arms)) {
      const values = (hook: string) => activations[hook]?.data ?? [];
      expect(activations['blocks.0.hook_resid_pre']?.shape).toEqual([20, DEMO.dModel]);
      const parts = values('hook_embed').map((x, i) => x + (values('hook_pos_embed')[i] ?? Number.NaN));
      for (let i = 0; i < parts.length; i += 97) {
        expect(values('blocks.0.hook_resid_pre')[i]).toBeCloseTo(parts[i] as number, 5);
      }
      expect(parts).toHaveLength(20 * DEMO.dModel);
      expect(activations[PATTERN]).toMatchObject({
        axes: ['head', 'query', 'key'],
        shape: [DEMO.nHeads, 20, 20],
      });
      expect(values(PATTERN).slice(0, 20)).toEqual([1, ...Array(19).fill(0)]); // the first query sees only itself
      const scale = values('ln_final.hook_scale');
      if (arm === 'lnfree') expect(new Set(scale)).toEqual(new Set([1]));
      else expect(Math.min(...scale)).toBeGreaterThan(0.5);
    }
  });

  await test.step('masked scores are −Infinity on the GPU too', async () => {
    const scores = await page.evaluate(async () => {
      const run = await normless.run({
        tokens: [1, 2, 3],
        arms: ['original'],
        hooks: ['blocks.0.attn.hook_attn_scores'],
      });
      return [...(run.arms.original?.activations['blocks.0.attn.hook_attn_scores']?.data ?? [])].map(String);
    });
    expect(scores).toHaveLength(DEMO.nHeads * 9);
    expect([scores[1], scores[2], scores[5]]).toEqual(['-Infinity', '-Infinity', '-Infinity']);
  });

  await test.step('analyze: every analysis, on every arm, with what lies between', async () => {
    const { dla, predictions, stats, neurons } = await page.evaluate(async (text) => {
      const question = { text, target: ' she', contrast: ' he' };
      return {
        dla: await normless.analyze('dla', { ...question, unit: 'head-source' }),
        predictions: await normless.analyze('predictions', { text, k: 5 }),
        stats: await normless.analyze('token-stats', { text }),
        neurons: await normless.analyze('confidence-neurons', { text, k: 3 }),
      };
    }, GIRL);
    for (const arm of ['original', 'vanilla', 'lnfree']) {
      const attribution = dla.arms[arm];
      expect(attribution?.error).toBeLessThanOrEqual(attribution?.tolerance ?? 0);
      expect(attribution?.terms).toHaveLength(2 + DEMO.nLayers * (DEMO.nHeads * 20 + 2) + 1);
      expect(attribution?.convention.finalScale).toBe(arm === 'lnfree' ? 'none' : 'frozen');
      expect(predictions.arms[arm]?.top[0]?.piece).toBe(' she');
      expect(stats.arms[arm]?.loss.shape).toEqual([19]);
      expect(neurons.arms[arm]?.activations.shape).toEqual([20, 3]);
    }
    expect(dla.between?.['original|lnfree']?.terms).toHaveLength(
      2 + DEMO.nLayers * (DEMO.nHeads * 20 + 2) + 1,
    );
  });

  await test.step('generate: streamed, repeatable, with keys and values kept, and an abort is heard between tokens', async () => {
    const { free, again, forced, streamed, aborted } = await page.evaluate(async (text) => {
      const request = {
        text,
        arms: ['original', 'lnfree'],
        maxTokens: 6,
        temperature: 0.8,
        topP: 0.9,
        seed: 3,
      };
      const streamed: string[] = [];
      const free = await normless.generate({
        ...request,
        onToken: ({ arm, index, token }) => streamed.push(`${arm} ${index} ${token.id}`),
      });
      const stop = new AbortController();
      const endless = normless.generate({
        ...request,
        maxTokens: 200,
        signal: stop.signal,
        onToken: ({ index }) => index === 1 && stop.abort(new DOMException('enough', 'AbortError')),
      });
      return {
        free,
        streamed,
        aborted: await endless.catch((error: Error) => `${error.name}: ${error.message}`),
        again: await normless.generate({ ...request, arms: ['lnfree'] }),
        forced: await normless.generate({ ...request, mode: 'forced', leader: 'lnfree' }),
      };
    }, GIRL);
    expect(free).toMatchObject({ engine: 'wgsl', method: 'kv-cache', mode: 'free', sampling: { seed: 3 } });
    const ids = (arm: string) => free.arms[arm]?.tokens.map(({ id }) => id) ?? [];
    const expected = [0, 1, 2, 3, 4, 5].flatMap((i) =>
      ['original', 'lnfree'].map((arm) => `${arm} ${i} ${ids(arm)[i]}`),
    );
    expect(streamed).toEqual(expected); // all of them, before the result
    expect(aborted).toBe('AbortError: enough');
    expect(again.arms.lnfree?.text).toBe(free.arms.lnfree?.text);
    expect(forced.arms.original?.tokens.map(({ id }) => id)).toEqual(ids('lnfree'));
    for (const [i, token] of (forced.arms.original?.tokens ?? []).entries()) {
      const read = free.arms.lnfree?.readBy.original?.[i]; // by one pass over the text, not token by token
      expect(read?.logprob).toBeCloseTo(token.logprob, 3);
      expect(read?.rank).toBe(token.rank);
    }
  });

  await test.step('errors keep their name, their sentence and their data across the worker', async () => {
    const errors = await page.evaluate(async () => {
      const caught = async (ask: () => Promise<unknown>) => {
        try {
          await ask();
          return null;
        } catch (error) {
          const { name, message, data } = error as Error & { data: unknown };
          return {
            isError: error instanceof Error,
            name,
            message,
            data: JSON.parse(JSON.stringify(data ?? null)),
          };
        }
      };
      const aborted = new AbortController();
      const inFlight = caught(() => normless.analyze('token-stats', { text: 'a', signal: aborted.signal }));
      aborted.abort(new DOMException('enough', 'AbortError'));
      return {
        split: await caught(() => normless.analyze('dla', { text: 'a', target: ' xylophone' })),
        long: await caught(() => normless.run({ tokens: Array(300).fill(1), hooks: [] })),
        files: await caught(() =>
          normless.loadFiles({ id: 'mine', arms: { original: [new File(['{}'], 'config.json')] } }),
        ),
        aborted: await inFlight,
        after: (await normless.run({ text: 'a', hooks: [] })).tokens,
      };
    });
    expect(errors.split).toMatchObject({
      isError: true,
      name: 'InputError',
      data: { split: expect.any(Array) },
    });
    expect(errors.split?.data.split.length).toBeGreaterThan(1);
    expect(errors.long).toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('at most 256'),
      data: { tokens: 300, nCtx: 256 },
    });
    expect(errors.files).toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('safetensors'),
    });
    expect(errors.aborted).toMatchObject({ name: 'AbortError', message: 'enough' });
    expect(errors.after).toEqual([8191, 64]);
  });

  await test.step('loadFiles: a checkpoint from disk runs like the bundled one it is a copy of', async () => {
    const { same, info, progress } = await page.evaluate(async () => {
      const names = ['config.json', 'model.safetensors', 'tokenizer.json'];
      const files = await Promise.all(
        names.map(async (name) => new File([await (await fetch(`models/demo/lnfree/${name}`)).blob()], name)),
      );
      const progress: number[] = [];
      const info = await normless.loadFiles({
        id: 'copy',
        arms: { lnfree: files },
        dtype: 'f16',
        onProgress: ({ done, total }) => progress.push(done / total),
      });
      const logits = async (pair: string) => {
        const run = await normless.run({ pair, text: 'The dog', arms: ['lnfree'], hooks: ['logits'] });
        return run.arms.lnfree?.activations.logits?.data ?? new Float32Array();
      };
      const [copy, bundled] = [await logits('copy'), await logits('demo')];
      await normless.unload({ pair: 'copy' });
      return {
        info,
        progress,
        same: copy.length === bundled.length && copy.every((x, i) => x === bundled[i]),
      };
    });
    expect(info).toMatchObject({ id: 'copy', arms: [{ id: 'lnfree', loaded: true, dtype: 'f16' }] });
    expect(same).toBe(true);
    expect(progress.at(-1)).toBe(1);
  });
});
