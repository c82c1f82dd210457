/** Two engines: ONNX Runtime where WebGPU is missing or in software, our kernels on a graphics card or when chosen. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { preview } from 'vite';
import { must } from '../src/base/assert.ts';
import { firstResult } from '../src/state/firstResult.ts';
import { RANKED } from '../src/state/opening.suite.ts';
import { percent } from '../src/ui/format.ts';
import {
  answered,
  breakWebGpu,
  engineReady,
  expect,
  expectAccessible,
  photograph,
  prependToWorker,
  test,
} from './helpers.ts';

const strip = (page: Page) => page.getByRole('table', { name: 'Tokens of the prompt, one column each' });
const prompt = (page: Page) => page.getByRole('textbox').first();
const panel = (page: Page, name: string) => page.getByRole('region', { name });

/** What the page computes and shows, whichever engine does it. */
async function everythingWorks(page: Page): Promise<void> {
  await engineReady(page);
  await answered(page);
  await expect(panel(page, 'What it predicts').getByRole('row', { name: /␣she target/ })).toContainText(
    percent(must(firstResult.results.predictions.arms.original?.top[0], 'no prediction').prob),
  );
  await prompt(page).fill('Sam saw a big red ball. He wanted the');
  await expect(strip(page).getByRole('button')).toHaveCount(12, { timeout: 60_000 });
  await answered(page);
  const predicted = panel(page, 'What it predicts').getByRole('row').filter({ hasText: '␣ball' });
  await expect(predicted).toContainText(/\d+\.\d %/);
  await expect(panel(page, 'Why direct logit attribution').getByText(/adds up within \de-\d/)).toBeVisible();
  await expect(
    panel(page, 'How sure confidence neurons').getByRole('button', { name: `${RANKED[0]}`, exact: true }),
  ).toBeVisible();
}

/** Requests for ONNX Runtime's files, in the order they were made. */
function watchWasm(page: Page): string[] {
  const urls: string[] = [];
  page.on('request', (request) => {
    if (/ort[-.]|onnx/.test(new URL(request.url()).pathname)) urls.push(request.url());
  });
  return urls;
}

const status = (page: Page) => page.evaluate(() => normless.status());

for (const name of ['missing', 'noAdapter'] as const) {
  test(`WebGPU ${name}: predictions, attribution and confidence neurons all work on wasm`, {
    tag: name === 'noAdapter' ? '@long' : [],
  }, async ({ page }) => {
    await prependToWorker(page, breakWebGpu[name]);
    await page.goto('/');
    await everythingWorks(page);
    expect(await status(page)).toMatchObject({
      phase: 'ready',
      adapter: null,
      route: { engine: 'ort', choice: 'auto', why: expect.stringContaining('WebGPU') },
      engines: { wgsl: { state: 'unavailable' }, ort: { state: 'ready', capabilities: { edits: false } } },
      selfCheck: { engine: 'ort', ok: true },
    });
    await expect(page.getByText(/edits and gradients, which need WebGPU/)).toBeVisible();
    const refused = await page.evaluate(() =>
      normless.run({ text: 'a', hooks: [], engine: 'wgsl' }).catch((error: Error) => error.name),
    );
    expect(refused).toBe('UnsupportedError');
    await expectAccessible(page);
    await photograph(page, `wasm-${name}`);
  });
}

test('an adapter in software: wasm for forward passes, and it says so; our kernels when chosen', async ({
  page,
}) => {
  const wasm = watchWasm(page);
  await page.goto('/');
  await everythingWorks(page);
  expect(await status(page)).toMatchObject({
    route: { engine: 'ort', choice: 'auto', why: expect.stringMatching(/in software/) },
    engines: { wgsl: { state: 'idle' }, ort: { state: 'ready' } },
    adapter: { isFallback: true },
  });
  expect(wasm.length).toBeGreaterThan(0);
  expect(new Set(wasm.map((url) => new URL(url).origin))).toEqual(new Set([new URL(page.url()).origin]));

  await test.step('forcing our kernels by one request, then for the page', async () => {
    const logits = await page.evaluate(async () => {
      const ask = async (engine: 'auto' | 'wgsl') => {
        const run = await normless.run({ text: 'The dog', arms: ['lnfree'], hooks: ['logits'], engine });
        return { engine: run.engine, data: [...(run.arms.lnfree?.activations.logits?.data ?? [])] };
      };
      return [await ask('auto'), await ask('wgsl')];
    });
    expect(logits.map(({ engine }) => engine)).toEqual(['ort', 'wgsl']);
    const [first, second] = logits.map(({ data }) => data) as [number[], number[]];
    const apart = Math.max(...first.map((x, i) => Math.abs(x - (second[i] as number))));
    expect(apart).toBeGreaterThan(0); // two engines, so two roundings
    expect(apart).toBeLessThan(1e-3);

    const texts = await page.evaluate(async () => {
      const ask = async (engine: 'ort' | 'wgsl') => {
        const request = { text: 'The dog', arms: ['lnfree'], maxTokens: 4, seed: 5, engine };
        const { method, arms } = await normless.generate(request);
        return { method, ids: arms.lnfree?.tokens.map(({ id }) => id) };
      };
      return [await ask('ort'), await ask('wgsl')];
    });
    expect(texts.map(({ method }) => method)).toEqual(['recomputed', 'kv-cache']);
    expect(texts[0]?.ids).toHaveLength(4);
    expect(texts[0]?.ids).toEqual(texts[1]?.ids);

    await page.getByRole('button', { name: /reproduced to/ }).click();
    await page.getByRole('radio', { name: /WebGPU kernels/ }).check();
    await expect.poll(async () => (await status(page)).selfCheck?.engine, { timeout: 60_000 }).toBe('wgsl');
    await expect
      .poll(async () => (await status(page)).route)
      .toMatchObject({ engine: 'wgsl', choice: 'wgsl' });
    await answered(page);
    expect(await page.evaluate(async () => (await normless.run({ text: 'a', hooks: [] })).engine)).toBe(
      'wgsl',
    );
    await expectAccessible(page);
    await photograph(page, 'engine-choice');
  });

  await test.step('the choice is remembered', async () => {
    await page.reload();
    await engineReady(page);
    expect((await status(page)).route).toMatchObject({ engine: 'wgsl', choice: 'wgsl' });
  });
});

test('on a graphics card nothing of ONNX Runtime is fetched until it is asked for', async ({ page }) => {
  const wasm = watchWasm(page);
  await prependToWorker(page, breakWebGpu.claimsACard);
  await page.goto('/');
  await everythingWorks(page);
  expect(await status(page)).toMatchObject({
    route: { engine: 'wgsl', choice: 'auto' },
    engines: { ort: { state: 'idle' } },
  });
  expect(wasm).toEqual([]);
  const engine = await page.evaluate(
    async () =>
      (await normless.run({ text: 'a', arms: ['original'], hooks: ['logits'], engine: 'ort' })).engine,
  );
  expect(engine).toBe('ort');
  await expect.poll(() => wasm.some((url) => url.endsWith('.wasm'))).toBe(true);
});

test('under a sub-path of a server that sends no special headers', async ({ page }) => {
  const server = await preview({
    base: '/some/where/',
    preview: { port: 4178, strictPort: true, headers: {} },
    logLevel: 'warn',
    configFile: false,
  });
  const wasm = watchWasm(page);
  try {
    await page.goto('http://localhost:4178/some/where/');
    await engineReady(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    expect((await status(page)).engines.ort).toMatchObject({
      state: 'ready',
      device: expect.stringMatching(/1 thread/),
    });
    expect(wasm.some((url) => url.endsWith('.wasm'))).toBe(true);
    expect(wasm.every((url) => url.startsWith('http://localhost:4178/some/where/assets/'))).toBe(true);
  } finally {
    await server.close();
  }
});

test('no file of the site exceeds 25 MiB, and WebAssembly is there once', () => {
  const files = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
    );
  const all = files('dist');
  for (const file of all) expect(statSync(file).size, file).toBeLessThan(25 * 2 ** 20);
  expect(all.filter((file) => file.endsWith('.wasm') && statSync(file).size > 1e6)).toHaveLength(1);
});

/** Tells, when asked on the channel, how large the WebAssembly memories made so far are. */
const WATCH_MEMORY = `{
  const memories = [];
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(...args) { super(...args); memories.push(this); }
  };
  const channel = new BroadcastChannel('wasm-memory');
  channel.onmessage = ({ data }) => {
    if (data === 'ask') channel.postMessage(memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
  };
}`;

test('ten prompts of different lengths leave no growth beyond the first two, on either engine', {
  tag: '@long',
}, async ({ page }) => {
  await prependToWorker(page, WATCH_MEMORY);
  await page.goto('/');
  await engineReady(page);
  await answered(page);
  // The longest is among the first two: what it takes is what it takes.
  const lengths = [7, 256, 1, 128, 33, 255, 64, 200, 17, 99];
  for (const engine of ['ort', 'wgsl'] as const) {
    const held = await page.evaluate(
      async ({ engine, lengths }) => {
        const channel = new BroadcastChannel('wasm-memory');
        const wasm = () =>
          new Promise<number>((resolve) => {
            channel.onmessage = ({ data }) => typeof data === 'number' && resolve(data);
            channel.postMessage('ask');
          });
        const sizes: { wasm: number; gpu: number }[] = [];
        for (const length of lengths) {
          const tokens = Array.from({ length }, (_, i) => (i * 37) % 8000);
          const hooks = ['blocks.3.attn.hook_pattern', 'logits'];
          const run = await normless.run({ tokens, engine, arms: ['original'], hooks });
          await normless.dispose(run);
          const gpu = (await normless.budget({ pair: 'demo', engine: 'wgsl' })).allocated;
          sizes.push({ wasm: await wasm(), gpu });
        }
        channel.close();
        return sizes;
      },
      { engine, lengths },
    );
    console.log(
      `${engine}: ${held.map(({ wasm, gpu }) => `${(wasm / 1e6).toFixed(0)}+${(gpu / 1e6).toFixed(0)}`).join(' ')} MB wasm+GPU`,
    );
    expect(held[0]?.wasm).toBeGreaterThan(0);
    const after = held[1] as (typeof held)[number];
    for (const { wasm, gpu } of held.slice(2)) {
      expect(wasm).toBeLessThanOrEqual(after.wasm);
      // Buffers come in size classes: what the longest prompt left is not to the byte what it had at its peak.
      expect(gpu).toBeLessThanOrEqual(1.05 * after.gpu);
    }
  }
});
