/** Generating: every arm its own text or one's text for all, repeatable, alike on every engine and however arms are kept. */

import { beforeAll, describe, expect, test } from 'vitest';
import { cpuDevice, cpuEngines, diskFiles, NO_HUB, NODE } from '../../tools/cpuService.ts';
import type { ActivationCache } from '../model/cache.ts';
import { OpsModel } from '../model/opsModel.ts';
import { ParkableModel } from '../model/parkable.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../weights/testing.ts';
import type { GenerateRequest, GenerateResult, TokenEvent } from './api.ts';
import { REGISTRY } from './registry.ts';
import { EngineService } from './service.ts';

/** A model that can only run whole texts, as one on ONNX Runtime. */
class WholeTexts extends ParkableModel {
  run(tokens: readonly (readonly number[])[], hooks: Iterable<string>): Promise<ActivationCache> {
    return new OpsModel(this.backend, this.config, this.params).run(tokens, hooks);
  }
}

const tiny = (options: TinyCheckpointOptions) =>
  [...makeTinyCheckpoint({ nCtx: 16, dVocab: 29, ...options })].map(
    ([name, bytes]) => new File([bytes], name),
  );
const arms = () => ({
  original: tiny({ form: 'layer', seed: 1 }),
  lnfree: tiny({ form: 'lnfree-2025', seed: 2 }),
});

const backend = createCpuBackend();
const service = new EngineService({
  ...cpuEngines(
    async () => cpuDevice(backend),
    async () => ({
      ...cpuDevice(backend),
      createModel: (config, params) => new WholeTexts(backend, config, params),
    }),
  ),
  surroundings: NODE,
  registry: REGISTRY,
  openBundled: (path) => diskFiles(`public/${path}`),
  hub: NO_HUB,
  onStatus: () => {},
});

beforeAll(async () => {
  await service.start();
  await service.loadFiles({ id: 'tiny', arms: arms(), dtype: 'f32' });
});

const ask = (request: Partial<GenerateRequest>) =>
  service.generate({ pair: 'tiny', tokens: [3, 1, 4], stop: [], ...request });
const idsOf = (result: GenerateResult) =>
  Object.fromEntries(
    Object.entries(result.arms).map(([arm, { tokens }]) => [arm, tokens.map(({ id }) => id)]),
  );
const close = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThan(1e-5);

/** Loss and rank of the tokens after the prompt, as an analysis of the whole text tells. */
async function stats(result: GenerateResult, writer: string, reader: string) {
  const ids = idsOf(result)[writer] as number[];
  const { arms } = await service.analyze('token-stats', {
    pair: result.pair,
    tokens: [...result.tokens, ...ids],
    arms: [reader],
  });
  const { loss, rank, entropy } = arms[reader] as NonNullable<(typeof arms)[string]>;
  return ids.map((_, i) => {
    const at = result.tokens.length - 1 + i;
    return { loss: loss.data[at] as number, rank: rank.data[at], entropy: entropy.data[at] as number };
  });
}

describe('on the demo pair', () => {
  const GIRL = 'Once upon a time, there was a little girl who liked to play. One day,';

  test('at temperature 0 every arm goes on with what it finds likeliest', async () => {
    const request = { pair: 'demo', text: GIRL, arms: ['original', 'lnfree'], maxTokens: 3, temperature: 0 };
    const result = await service.generate(request);
    expect(result).toMatchObject({ engine: 'wgsl', method: 'kv-cache', mode: 'free', leader: null });
    expect(result.sampling).toEqual({ temperature: 0, topK: null, topP: 1, seed: 0 });
    expect(result.pieces[0]).toBe('<|endoftext|>');
    for (const arm of request.arms) {
      const { tokens, text, stop } = result.arms[arm] as GenerateResult['arms'][string];
      expect(stop).toBe('max-tokens');
      expect(text).toBe(tokens.map(({ piece }) => piece).join(''));
      expect(text?.startsWith(' she')).toBe(true);
      for (const [i, token] of tokens.entries()) {
        const fed = [...result.tokens, ...tokens.slice(0, i).map(({ id }) => id)];
        const { arms } = await service.analyze('predictions', {
          pair: 'demo',
          tokens: fed,
          arms: [arm],
          k: 1,
        });
        expect(token).toMatchObject({ id: arms[arm]?.top[0]?.id, rank: 0, best: { id: token.id } });
        close(token.logprob, Math.log(arms[arm]?.top[0]?.prob ?? 0));
        close(token.entropy, arms[arm]?.entropy ?? 0);
      }
    }
  });
});

describe('each its own text', () => {
  test('the seed decides, whoever else generates, in whatever order', async () => {
    const both = await ask({ seed: 7 });
    expect(both.sampling.seed).toBe(7);
    expect(idsOf(both).original).toHaveLength(14); // 16 positions hold prompt and 13, and the last of them is followed
    expect(idsOf(await ask({ seed: 7 }))).toEqual(idsOf(both));
    expect(idsOf(await ask({ seed: 7, arms: ['lnfree', 'original'] }))).toEqual(idsOf(both));
    expect(idsOf(await ask({ seed: 7, arms: ['lnfree'] })).lnfree).toEqual(idsOf(both).lnfree);
    expect(idsOf(await ask({ seed: 8 }))).not.toEqual(idsOf(both));
  });

  test('every token is told with how likely it was, to its own arm and to the other', async () => {
    const result = await ask({ maxTokens: 6 });
    for (const [writer, reader] of [
      ['original', 'lnfree'],
      ['lnfree', 'original'],
    ] as const) {
      const [own, others] = [await stats(result, writer, writer), await stats(result, writer, reader)];
      const { tokens, readBy } = result.arms[writer] as GenerateResult['arms'][string];
      expect(Object.keys(readBy)).toEqual([reader]);
      for (const [i, token] of tokens.entries()) {
        close(token.logprob, -(own[i]?.loss ?? Number.NaN));
        close(token.entropy, own[i]?.entropy ?? Number.NaN);
        expect(token.rank).toBe(own[i]?.rank);
        close(readBy[reader]?.[i]?.logprob ?? Number.NaN, -(others[i]?.loss ?? Number.NaN));
        expect(readBy[reader]?.[i]?.rank).toBe(others[i]?.rank);
      }
    }
  });

  test('tokens stream as they come, the arms in step', async () => {
    const events: TokenEvent[] = [];
    const result = await ask({ maxTokens: 3, onToken: (event) => events.push(event) });
    expect(events.map(({ arm, index }) => `${arm} ${index}`)).toEqual(
      [0, 1, 2].flatMap((index) => [`original ${index}`, `lnfree ${index}`]),
    );
    for (const { arm, index, token } of events) expect(result.arms[arm]?.tokens[index]).toEqual(token);
  });

  test('a text ends with a token of `stop`, while the other goes on', async () => {
    const free = idsOf(await ask({ maxTokens: 8, seed: 3 }));
    const end = free.original?.[2] as number;
    const result = await ask({ maxTokens: 8, seed: 3, stop: end });
    const { original, lnfree } = result.arms;
    expect(original?.stop).toBe('stop-token');
    expect(original?.tokens.map(({ id }) => id)).toEqual(
      free.original?.slice(0, (free.original?.indexOf(end) ?? 0) + 1),
    );
    expect(lnfree?.tokens.length).toBe(free.lnfree?.includes(end) ? free.lnfree.indexOf(end) + 1 : 8);
  });

  test('a full context is the end: the last token stands where nothing can be fed any more', async () => {
    const result = await ask({ tokens: Array(14).fill(2), maxTokens: 9 });
    for (const { tokens, stop, readBy } of Object.values(result.arms)) {
      expect([tokens.length, stop]).toEqual([3, 'context-full']);
      expect(Object.values(readBy).map((readings) => readings.length)).toEqual([3]);
    }
  });
});

describe('one text for all', () => {
  test('the leader writes as it would alone; the others are fed its tokens and say what they would have said', async () => {
    const alone = await ask({ arms: ['lnfree'], maxTokens: 5, seed: 11 });
    const result = await ask({ mode: 'forced', leader: 'lnfree', maxTokens: 5, seed: 11 });
    expect(result).toMatchObject({ mode: 'forced', leader: 'lnfree' });
    expect(Object.keys(result.arms)).toEqual(['original', 'lnfree']);
    expect(result.arms.lnfree?.tokens).toEqual(alone.arms.lnfree?.tokens);
    const { tokens, stop, readBy } = result.arms.original as GenerateResult['arms'][string];
    expect([stop, readBy]).toEqual(['max-tokens', {}]);
    expect(tokens.map(({ id }) => id)).toEqual(idsOf(alone).lnfree);
    const expected = await stats(alone, 'lnfree', 'original');
    for (const [i, token] of tokens.entries()) {
      close(token.logprob, -(expected[i]?.loss ?? Number.NaN));
      expect(token.rank).toBe(expected[i]?.rank);
      expect(token.best.id === token.id).toBe(token.rank === 0);
      expect(token.best.logprob).toBeGreaterThanOrEqual(token.logprob);
    }
  });

  test('the first arm leads where none is named', async () => {
    expect((await ask({ mode: 'forced', maxTokens: 1 })).leader).toBe('original');
  });
});

describe('however the arms are kept', () => {
  const requests: Partial<GenerateRequest>[] = [
    { maxTokens: 5, seed: 2, temperature: 0.7, topP: 0.9 },
    { maxTokens: 5, seed: 2, mode: 'forced', leader: 'lnfree', topK: 4 },
  ];

  test('in turns on the device they say what they say together', async () => {
    await service.add({ id: 'turns', arms: arms() });
    await service.load({ pair: 'turns', dtype: 'f32', residency: 'one-at-a-time' });
    for (const request of requests) {
      const together = await ask(request);
      expect({ ...(await ask({ ...request, pair: 'turns' })), pair: 'tiny' }).toEqual(together);
      const alone = await ask({
        ...request,
        pair: 'turns',
        mode: 'free',
        leader: undefined,
        arms: ['original'],
      });
      expect(Object.keys(alone.arms)).toEqual(['original']);
    }
  });

  test('an engine that takes whole texts only says the same, and that it runs them again', async () => {
    for (const request of requests) {
      const ours = await ask(request);
      const theirs = await ask({ ...request, engine: 'ort' });
      expect(theirs).toMatchObject({ engine: 'ort', method: 'recomputed' });
      expect(idsOf(theirs)).toEqual(idsOf(ours));
      for (const [arm, { tokens }] of Object.entries(theirs.arms)) {
        tokens.forEach((token, i) => {
          close(token.logprob, ours.arms[arm]?.tokens[i]?.logprob ?? Number.NaN);
          close(token.entropy, ours.arms[arm]?.tokens[i]?.entropy ?? Number.NaN);
          expect(token.rank).toBe(ours.arms[arm]?.tokens[i]?.rank);
        });
      }
    }
  });
});

test('an abort is heard between tokens, and what waited goes on', async () => {
  const controller = new AbortController();
  const seen: number[] = [];
  const generating = ask({
    signal: controller.signal,
    onToken: ({ index }) => {
      seen.push(index);
      // From another task, as a message from the page comes.
      if (index === 1) setTimeout(() => controller.abort(new DOMException('enough', 'AbortError')));
    },
  });
  const waiting = service.analyze('token-stats', { pair: 'tiny', tokens: [1, 2] });
  await expect(generating).rejects.toMatchObject({ name: 'AbortError', message: 'enough' });
  expect(Math.max(...seen)).toBeLessThan(13);
  expect((await waiting).tokens).toEqual([1, 2]);
});

test.each<[string, Partial<GenerateRequest>, RegExp]>([
  ['no token to generate', { maxTokens: 0 }, /maxTokens is 0.*1 to 16/],
  ['a negative temperature', { temperature: -0.1 }, /temperature is -0.1/],
  ['a share of nothing', { topP: 0 }, /topP is 0/],
  ['more than the vocabulary', { topK: 30 }, /topK is 30.*1 to 29/],
  ['half a seed', { seed: 0.5 }, /seed is 0.5/],
  ['an unknown mode', { mode: 'duet' as 'free' }, /'duet'.*'free' or 'forced'/],
  ['a leader of nobody', { leader: 'original' }, /forced/],
  ['a leader that is not there', { mode: 'forced', leader: 'vanilla' }, /'vanilla'.*original, lnfree/],
  ['a stop that is no token', { stop: 'end' }, /'end' is a text/],
  ['a prompt beyond the context', { tokens: Array(17).fill(1) }, /17 tokens.*at most 16/],
  ['no prompt', { tokens: [] }, /no tokens/],
])('%s is an InputError that says what to do', async (_, change, message) => {
  await expect(ask(change)).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringMatching(message),
  });
});

test('logits that are no numbers end it with the arm’s name', async () => {
  const files = makeTinyCheckpoint({ form: 'layer', nCtx: 16, dVocab: 29 });
  const bytes = files.get('model.safetensors') as Uint8Array<ArrayBuffer>;
  new DataView(bytes.buffer).setFloat32(bytes.length - 4, Number.NaN, true);
  await service.loadFiles({
    id: 'nan',
    arms: { original: [...files].map(([name, b]) => new File([b], name)) },
  });
  await expect(ask({ pair: 'nan' })).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringMatching(/original cannot go on.*not finite/),
  });
});
