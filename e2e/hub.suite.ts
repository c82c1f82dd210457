/** What journeys with the mock Hub share: a page that asks it, checkpoints to serve, and logits to compare with. */

import type { Page } from '@playwright/test';
import type { LoadRequest } from '../src/engine/api.ts';
import { OpsModel } from '../src/model/opsModel.ts';
import { createCpuBackend } from '../src/tensor/cpuOps.ts';
import { loadHostParams } from '../src/weights/convert.ts';
import { memoryFiles } from '../src/weights/memory.ts';
import { pointAtHub } from '../tools/mockHub/pointAt.ts';
import { type MockHub, startMockHub } from '../tools/mockHub.ts';
import { test as base, engineReady } from './helpers.ts';

export { expect } from './helpers.ts';

/** `hub`: a mock Hub of its own per test, which `page` takes for the real one. The page may not complain of refusals. */
export const test = base.extend<{ hub: MockHub }>({
  engine: 'wgsl', // large weights go where rows are split and memory is watched
  hub: async ({ context }, use) => {
    const hub = await startMockHub();
    await pointAtHub(context, 'http://localhost:4173/', hub.endpoint);
    await use(hub);
    await hub.close();
  },
});

/** Opens the page and waits for the demo. */
export async function open(page: Page): Promise<void> {
  await page.goto('/');
  await engineReady(page);
}

/** What came of a load in the page: the pair, or the error as plain data. */
export type Outcome =
  | { ok: true; notes: string[]; ms: number }
  | { ok: false; name: string; message: string };

/** Adds a pair of one arm per repository (where it is not there yet) and loads it; f32 unless told otherwise. */
export async function load(
  page: Page,
  id: string,
  arms: Record<string, string>,
  options: Pick<LoadRequest, 'dtype' | 'residency'> = {},
): Promise<Outcome> {
  return page.evaluate(
    async ({ id, arms, options }): Promise<Outcome> => {
      const start = performance.now();
      try {
        const known = (await normless.pairs()).some((pair) => pair.id === id);
        const refs = Object.fromEntries(Object.entries(arms).map(([arm, repo]) => [arm, { repo }]));
        if (!known) await normless.add({ id, arms: refs });
        const pair = await normless.load({ pair: id, dtype: 'f32', residency: 'all', ...options });
        const notes = pair.arms.flatMap((arm) => arm.notes);
        return { ok: true, notes, ms: performance.now() - start };
      } catch (error) {
        return { ok: false, name: (error as Error).name, message: (error as Error).message };
      }
    },
    { id, arms, options },
  );
}

/** Logits of one arm in the page, as plain numbers. */
export async function logitsInPage(
  page: Page,
  pair: string,
  arm: string,
  tokens: number[],
): Promise<number[]> {
  return page.evaluate(
    async ({ pair, arm, tokens }) => {
      const run = await normless.run({ pair, arms: [arm], tokens, hooks: ['logits'] });
      await normless.dispose(run);
      return [...(run.arms[arm]?.activations.logits?.data ?? [])];
    },
    { pair, arm, tokens },
  );
}

/** The same logits from the CPU twin, with the weights read from the same bytes. */
export async function logitsOnCpu(
  files: ReadonlyMap<string, Uint8Array>,
  tokens: number[],
  dtype: 'f32' | 'f16' | 'q8' = 'f32',
): Promise<Float32Array> {
  const { config, params } = await loadHostParams(memoryFiles(files), { dtype });
  const model = OpsModel.fromHost(createCpuBackend(), config, params);
  const cache = await model.run([tokens], ['logits']);
  const [logits] = await cache.ops.read([cache.get('logits')]);
  return logits as Float32Array;
}

/** The largest |a − b| relative to max(1, |a|). */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    const difference = Math.abs(x - y) / Math.max(1, Math.abs(x));
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}

/** Whether the demo still answers. */
export async function demoAnswers(page: Page): Promise<boolean> {
  return page.evaluate(async () => {
    const result = await normless.analyze('predictions', { pair: 'demo', text: 'Once upon a time' });
    return Object.keys(result.arms).length === 3;
  });
}
