import { beforeAll, expect, test } from 'vitest';
import { largestDifference, loadModel } from '../../tools/golden.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import { createWebGpuBackend, type WebGpuBackend } from '../gpu/webgpuBackend.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint } from '../weights/testing.ts';
import type { ActivationCache } from './cache.ts';
import type { Model } from './model.ts';
import { runTogether } from './runTogether.ts';

let backend: WebGpuBackend;
let model: Model;

beforeAll(async () => {
  backend = await createWebGpuBackend();
  model = await loadModel(backend, memoryFiles(TINY_CHECKPOINTS.layer()));
});

async function logits(tokens: readonly number[][]): Promise<Float32Array> {
  const cache = await model.run(tokens, ['logits']);
  const [data] = await cache.ops.read([cache.get('logits')]);
  cache.dispose();
  return data;
}

test('a batch of prompts is the same as each alone', async () => {
  const prompts = [TINY_TOKENS, [...TINY_TOKENS].reverse(), TINY_TOKENS.map((id) => (id * 5) % 37)];
  const together = await logits(prompts);
  const alone = await Promise.all(prompts.map((prompt) => logits([prompt])));
  const each = together.length / prompts.length;
  for (const [i, single] of alone.entries()) {
    expect(largestDifference(single, together.slice(i * each, (i + 1) * each))).toBeLessThan(1e-5);
  }
});

test.each([1, 7, 16])('a forward pass over %i tokens is one submit', async (length) => {
  const { submits } = backend.counters;
  const cache = await model.run([Array.from({ length }, (_, i) => i)], ['logits']);
  expect(backend.counters.submits - submits).toBe(1);
  cache.dispose();
});

test('long work is cut at the layers, with the same numbers', async () => {
  const whole = await logits([TINY_TOKENS]);
  const { workPerSubmit } = backend;
  backend.workPerSubmit = 1;
  const { submits } = backend.counters;
  const cut = await logits([TINY_TOKENS]);
  backend.workPerSubmit = workPerSubmit;
  expect(backend.counters.submits - submits).toBeGreaterThanOrEqual(model.config.nLayers);
  expect(cut).toEqual(whole);
});

test('what was run before is run again without a new buffer or bind group, other lengths in between', async () => {
  const lengths = [9, 16, 10];
  const all = async () => {
    for (const length of lengths) await logits([Array.from({ length }, (_, i) => i)]);
  };
  for (let i = 0; i < 3; i++) await all();
  const { gpuBytes, bindGroupsMade, dispatches } = backend.counters;
  for (let i = 0; i < 3; i++) await all();
  expect(backend.counters).toMatchObject({ gpuBytes, bindGroupsMade });
  const perRun = (backend.counters.dispatches - dispatches) / 9;
  expect(perRun).toBe(7 * model.config.nLayers + 4);
});

test('two models on one prompt are one submit, with the numbers of each alone', async () => {
  const other = await loadModel(backend, memoryFiles(TINY_CHECKPOINTS.lnfree()));
  const { submits, dispatches } = backend.counters;
  const caches = runTogether(
    [model, other].map((of) => ({ model: of, tokens: [TINY_TOKENS], hooks: ['logits'] })),
  );
  expect(backend.counters.submits - submits).toBe(1);
  expect(backend.counters.dispatches - dispatches).toBe(2 * (7 * model.config.nLayers + 4));
  for (const [i, of] of [model, other].entries()) {
    const alone = await of.run([TINY_TOKENS], ['logits']);
    const [cache] = caches.slice(i);
    const [together] = await alone.ops.read([(cache as ActivationCache).get('logits')]);
    expect(together).toEqual((await alone.ops.read([alone.get('logits')]))[0]);
    alone.dispose();
  }
  for (const cache of caches) cache.dispose();
});

test('prompts of ten lengths take no memory beyond the first two, the longest among them', async () => {
  const fresh = await createWebGpuBackend(); // this one has seen larger batches
  const files = makeTinyCheckpoint({ dModel: 64, nHeads: 2, dVocab: 4096, nCtx: 128 });
  const own = await loadModel(fresh, memoryFiles(files));
  let peak = 0;
  for (const [i, length] of [3, 128, 1, 64, 127, 17, 100, 32, 128, 77].entries()) {
    const cache = await own.run(
      [Array.from({ length }, (_, i) => i)],
      ['blocks.1.attn.hook_pattern', 'logits'],
    );
    await cache.ops.read([cache.get('logits')]);
    cache.dispose();
    if (i < 2) peak = fresh.counters.neededBytes;
    expect(fresh.counters.neededBytes).toBe(peak);
    // A quarter of headroom, and no buffer is dropped that is much larger than what is too much: here the logits' own,
    // which is a third of everything.
    expect(fresh.counters.gpuBytes, `${length} tokens`).toBeLessThanOrEqual(1.5 * peak);
  }
  fresh.destroy();
});
