import { expect, test } from 'vitest';
import { CONTRACT } from './contract.suite.ts';
import { memoryStore } from './memoryStore.ts';
import { openBlobStore } from './openBlobStore.ts';
import { isQuotaError } from './quota.ts';

test.each(Object.entries(CONTRACT))('memory: %s', async (_, check) => {
  const store = memoryStore();
  await check(async () => store);
});

test('raises the quota error beyond its cap and keeps what was there', async () => {
  const store = memoryStore({ capBytes: 100 });
  const blob = await store.grow('a', 200, 'x');
  await blob.append(new Uint8Array(60));
  const error = await blob.append(new Uint8Array(41)).catch((reason: unknown) => reason);
  expect(isQuotaError(error)).toBe(true);
  await blob.append(new Uint8Array(40));
  expect(blob.stored).toBe(100);
  await store.remove('a');
  await (await store.grow('b', 200, 'x')).append(new Uint8Array(100));
});

test('is what is left where nothing else works', async () => {
  expect((await openBlobStore()).kind).toBe('memory');
});
