/**
 * How fast real models load, against the machine's own limits in the same run: npm run bench:load [-- --size small --dtype f32 --rounds 1]
 *
 * Per file: draining a plain fetch of the same bytes, streaming SHA-256 and writing to OPFS, one after the other, in a
 * worker of the same browser. Then the load of the pair by the page, its reload from what is kept, and reading OPFS alone.
 */

import { chromium } from '@playwright/test';
import type { StorageDType } from '../src/tensor/params.ts';
import { browserLaunch } from '../tools/chromium.ts';
import type { Gpt2Size } from '../tools/mockHub/gpt2.ts';
import { told } from '../tools/told.ts';
import { ARMS, openApp } from './app/app.ts';
import { watchHeap } from './app/heap.ts';
import { loadPair } from './app/pair.ts';
import { measurePlain } from './app/plain.ts';

const MB = 1e6;

export async function main(args: string[]): Promise<void> {
  const given = told(import.meta.filename, args, {
    options: {
      size: { type: 'string', default: 'small' },
      dtype: { type: 'string', default: 'f32' },
      rounds: { type: 'string', default: '1' },
    },
  });
  if (!given) return;
  const { values } = given;
  const [size, dtype] = [values.size as Gpt2Size, values.dtype as StorageDType];
  const app = await openApp(size);
  const { hub, weights } = app;
  const browser = await chromium.launch(browserLaunch());
  console.log(
    `${new Date().toISOString().slice(0, 10)}, Chromium ${browser.version()}, two arms of ${(weights.bytes / MB).toFixed(1)} MB, kept as ${dtype}`,
  );
  for (let round = 0; round < Number(values.rounds); round++) {
    const { context, page, again } = await app.visit(browser);
    const heap = await watchHeap(await context.newCDPSession(page));
    const plain = await measurePlain(page, weights.url);
    const sum = plain.drain + plain.hash + plain.write;
    print(
      `plain, per file`,
      `drain ${ms(plain.drain)} + SHA-256 ${ms(plain.hash)} + OPFS write ${ms(plain.write)} = ${ms(sum)}; OPFS read ${ms(plain.read)}`,
    );

    heap.reset();
    const first = await loadPair(page, ARMS, dtype);
    print(
      'first load, two files',
      `${ms(first.ms)} after ${ms(first.lookUp)} of looking up, and ${ms(first.checks)} of self-checks: ${(first.ms / (2 * sum)).toFixed(2)} × the plain sum (aim 1.15); peak heap and array buffers ${(heap.peakAboveBaseline() / MB).toFixed(0)} MB above before (aim 96)`,
    );
    print(
      'device memory',
      `${(first.allocated / MB).toFixed(1)} MB for ${(first.weights / MB).toFixed(1)} MB of weights: ${(first.allocated / first.weights).toFixed(3)} × (aim 1.05)`,
    );

    hub.forget();
    await again();
    heap.reset();
    const hit = await loadPair(page, ARMS, dtype);
    print(
      'from what is kept',
      `${ms(hit.ms)} and ${ms(hit.checks)} of self-checks: ${(hit.ms / (2 * plain.read)).toFixed(2)} × reading OPFS (aim 1.3); peak ${(heap.peakAboveBaseline() / MB).toFixed(0)} MB; network requests: ${hub.requests.length}`,
    );
    await context.close();
  }
  await browser.close();
  await app.close();
}

function ms(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

function print(what: string, figures: string): void {
  console.log(`${what}: ${figures}`);
}
