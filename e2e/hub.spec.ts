/** Real models from a Hub that behaves: every layout, every storage, kept, shared between tabs, and offline. */

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../src/weights/testing.ts';
import { generateGpt2 } from '../tools/mockHub/gpt2.ts';
import { prependToWorker } from './helpers.ts';
import { expect, largestDifference, load, logitsInPage, logitsOnCpu, open, test } from './hub.suite.ts';

const TOKENS = [1, 2, 3, 5, 8, 13, 21, 28];

const LAYOUTS: Record<string, TinyCheckpointOptions> = {
  'as save_pretrained writes it': {},
  'without the prefix, with mask buffers, unaligned data': { prefix: false, masks: true, headerPadding: 3 },
  'a copy of the embedding as lm_head': { headCopy: true },
  'an unembedding of its own': { tied: false },
  'F16 matrices': { dtype: 'F16' },
  'BF16 matrices': { dtype: 'BF16', vectors: 'BF16' },
  'three shards': { shards: 3 },
  'LN-free as in 2025': { form: 'lnfree-2025' },
  'LN-free as in 2024': { form: 'lnfree-2024' },
  'another architecture': { nLayers: 3, nHeads: 5, dModel: 35, nCtx: 9, dVocab: 41 },
};

/** About 17 MB. */
const MEDIUM = { size: { nLayers: 2, nHeads: 4, dModel: 256, dVocab: 9000 } } as const;

test('layouts, storages, published pairs and two tabs', async ({ page, context, hub }) => {
  await open(page);
  await test.step('checkpoints of every layout, and every storage, compute what the CPU twin does', async () => {
    const checkpoints = Object.entries(LAYOUTS).map(
      ([layout, options], i) =>
        [layout, `test/layout-${i}`, makeTinyCheckpoint({ ...options, seed: i + 1 })] as const,
    );
    for (const [, repo, files] of checkpoints) hub.add(repo, { files });
    for (const [layout, repo, files] of checkpoints) {
      expect(await load(page, repo, { model: repo }), layout).toMatchObject({ ok: true });
      const difference = largestDifference(
        await logitsOnCpu(files, TOKENS),
        await logitsInPage(page, repo, 'model', TOKENS),
      );
      expect(difference, layout).toBeLessThan(2e-3);
    }
    expect(hub.preflights).toBe(0);

    const files = makeTinyCheckpoint({ seed: 5, dModel: 72, nHeads: 3, dVocab: 150 });
    hub.add('test/storage', { files });
    for (const dtype of ['f16', 'q8'] as const) {
      expect(await load(page, 'storage', { model: 'test/storage' }, { dtype })).toMatchObject({ ok: true });
      const found = await logitsInPage(page, 'storage', 'model', TOKENS);
      expect(largestDifference(await logitsOnCpu(files, TOKENS, dtype), found), dtype).toBeLessThan(2e-3);
    }
  });
  await test.step('a published pair at its pinned revision: one arm at a time like all at once', async () => {
    const demo = (arm: string) =>
      new Map(
        ['config.json', 'model.safetensors', 'tokenizer.json'].map((name) => [
          name,
          new Uint8Array(readFileSync(`public/models/demo/${arm}/${name}`)),
        ]),
      );
    hub.add('openai-community/gpt2', {
      files: demo('original'),
      revision: '607a30d783dfa663caf39e06633721c8d4cfcd7e',
    });
    hub.add('schaeff/gpt2-small_LNFree300', { files: demo('lnfree'), license: 'other' });
    const results = await page.evaluate(async () => {
      const arms = ['original', 'lnfree'];
      const ask = (pair: string) =>
        normless.analyze('dla', { pair, arms, text: 'The dog', target: ' ran', unit: 'head' });
      const loaded = await normless.load({
        pair: 'gpt2-small',
        arms,
        dtype: 'f32',
        residency: 'one-at-a-time',
      });
      return { loaded, real: await ask('gpt2-small'), demo: await ask('demo') };
    });
    expect(results.real.arms).toEqual(results.demo.arms);
    expect(results.real.between).toEqual(results.demo.between);
    const [original, , lnfree] = results.loaded.arms;
    expect(original).toMatchObject({ loaded: true, resident: false, check: { norm: 'layer', ok: true } });
    expect(lnfree).toMatchObject({ resident: true, license: 'other', check: { norm: 'linear', ok: true } });
    expect(lnfree?.repo?.revision).toMatch(/^[0-9a-f]{40}$/);
  });
  await test.step('two tabs share one download', async () => {
    const files = generateGpt2(MEDIUM);
    hub.add('test/tabs', { files });
    const other = await context.newPage();
    await open(other);
    hub.forget();
    const both = await Promise.all([
      load(page, 'tabs', { model: 'test/tabs' }),
      load(other, 'tabs', { model: 'test/tabs' }),
    ]);
    expect(both).toMatchObject([{ ok: true }, { ok: true }]);
    // Small reads of the header may be asked for twice; the weights are not.
    expect(hub.bytesServed('model.safetensors')).toBeLessThan(
      1.1 * (files.get('model.safetensors')?.size ?? 0),
    );
    expect(await logitsInPage(page, 'tabs', 'model', TOKENS)).toEqual(
      await logitsInPage(other, 'tabs', 'model', TOKENS),
    );
  });
});

test.describe('kept files', () => {
  const stored = (page: Page) => page.evaluate(async () => (await normless.storage()).files);

  test('after a reload, and offline, nothing is asked for; deleting brings the download back', async ({
    page,
    context,
    hub,
  }) => {
    hub.add('test/kept', { files: generateGpt2(MEDIUM) });
    await open(page);
    await load(page, 'kept', { model: 'test/kept' });
    expect((await stored(page)).every(({ verified, stored, size }) => verified && stored === size)).toBe(
      true,
    );
    const before = await logitsInPage(page, 'kept', 'model', TOKENS);
    hub.forget();
    await page.reload();
    await open(page);
    expect(await load(page, 'kept', { model: 'test/kept' })).toMatchObject({ ok: true });
    expect(hub.requests).toEqual([]);
    expect(await logitsInPage(page, 'kept', 'model', TOKENS)).toEqual(before);
    await page.evaluate(() => normless.unload({ pair: 'kept' }));
    await context.setOffline(true);
    expect(await load(page, 'kept', { model: 'test/kept' })).toMatchObject({ ok: true });
    await context.setOffline(false);
    await page.evaluate(async () => {
      const { files } = await normless.storage();
      return normless.deleteStored({ ids: files.map(({ id }) => id) });
    });
    expect(await stored(page)).toEqual([]);
    await page.evaluate(() => normless.unload({ pair: 'kept' }));
    expect(await load(page, 'kept', { model: 'test/kept' })).toMatchObject({ ok: true });
    expect(hub.bytesServed('model.safetensors')).toBeGreaterThan(15e6);
  });

  for (const [kind, code] of [
    ['cache', `Object.defineProperty(navigator.storage, 'getDirectory', { value: undefined });`],
    [
      'memory',
      `Object.defineProperty(navigator.storage, 'getDirectory', { value: undefined });
       Object.defineProperty(globalThis, 'caches', { value: undefined });`,
    ],
  ] as const)
    test(`where there is no private file system: ${kind}`, { tag: '@long' }, async ({ page, hub }) => {
      hub.add('test/store', { files: generateGpt2(MEDIUM) });
      await prependToWorker(page, code);
      await open(page);
      expect(await load(page, 'store', { model: 'test/store' })).toMatchObject({ ok: true });
      const { kind: found, message } = await page.evaluate(() => normless.storage());
      expect(found).toBe(kind);
      expect(message).toMatch(kind === 'cache' ? /cache/ : /until the page is closed/);
      await page.evaluate(() => normless.unload({ pair: 'store' }));
      hub.forget();
      expect(await load(page, 'store', { model: 'test/store' })).toMatchObject({ ok: true });
      expect(hub.requests).toEqual([]);
    });
});
