import { proxy, type Remote, wrap } from 'comlink';
import { afterEach, describe, expect, test } from 'vitest';
import { CONTRACT } from './contract.suite.ts';
import { openBlobStore } from './openBlobStore.ts';
import type { StoreWorker } from './storeWorker.suite.ts';

const workers: Worker[] = [];
afterEach(() => {
  for (const worker of workers.splice(0)) worker.terminate();
});

function start(): { worker: Worker; api: Remote<StoreWorker> } {
  const worker = new Worker(new URL('./storeWorker.suite.ts', import.meta.url), { type: 'module' });
  workers.push(worker);
  return { worker, api: wrap<StoreWorker>(worker) };
}

const quiet = proxy(() => {});
const SIZE = 6 * 2 ** 20 + 5;

describe.each(['opfs', 'cache'])('%s', (kind) => {
  test.each(Object.keys(CONTRACT))('%s', async (name) => {
    expect(await start().api.check(kind, name)).toBeNull();
  });

  test('of two workers on one blob one writes, the other waits and finds it complete', async () => {
    const key = `two-${kind}`;
    const [first, second] = [start().api, start().api];
    const results = await Promise.all([
      first.grow(kind, key, SIZE, 2 ** 20, quiet),
      second.grow(kind, key, SIZE, 2 ** 20, quiet),
    ]);
    expect(results.map(({ from }) => from).sort()).toEqual([0, SIZE]);
    expect(results.find(({ from }) => from === SIZE)?.waited).toBe(true);
    expect(await Promise.all([first.readAll(kind, key, SIZE), second.readAll(kind, key, SIZE)])).toEqual([
      true,
      true,
    ]);
    await first.remove(kind, key);
  });

  test('a worker that is ended while it writes loses nothing, and the next goes on from there', async () => {
    const key = `crash-${kind}`;
    const [first, second] = [start(), start()];
    let reached = 0;
    await new Promise<void>((resolve, reject) => {
      const tell = proxy((stored: number) => {
        reached = stored;
        if (stored > SIZE / 3) resolve();
      });
      first.api.grow(kind, key, SIZE, 123_457, tell).catch(reject);
    });
    const next = second.api.grow(kind, key, SIZE, 2 ** 20, quiet);
    first.worker.terminate();
    const { from } = await next;
    expect(from).toBeGreaterThanOrEqual(reached);
    expect(await second.api.readAll(kind, key, SIZE)).toBe(true);
    await second.api.remove(kind, key);
  });
});

test('a worker gets the file system, a page (which has no synchronous access) the cache', async () => {
  expect(await start().api.chosen()).toBe('opfs');
  expect((await openBlobStore()).kind).toBe('cache');
});
