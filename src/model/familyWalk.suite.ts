/**
 * Every family of kernels in turn: every hook against the golden data in f32, and in 16 and 8 bits against the CPU twin
 * with the very same rounded values; then the logits alone, for which nothing is stored that a run can do without.
 */

import { describe, expect, test } from 'vitest';
import {
  type Golden,
  goldenTolerance,
  largestDifference,
  loadGoldenModel,
  loadModel,
  ofPrompt,
  readGolden,
  recordHooks,
  walkHooks,
} from '../../tools/golden.ts';
import { hasShared, readShared, readSharedJson } from '../../tools/readShared.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import type { Backend } from '../tensor/ops.ts';
import type { StorageDType } from '../tensor/params.ts';
import { memoryFiles } from '../weights/memory.ts';
import { TINY_GOLDEN } from './fixtures/tiny.ts';
import type { Model } from './model.ts';

type Load = (backend: Backend, dtype: StorageDType) => Promise<Model>;

const cpu = createCpuBackend();

/** Walks all hooks, then asks for the logits alone; returns the largest difference. */
async function walk(model: Model, tokens: readonly number[], golden: Golden): Promise<string> {
  const { first, worst } = await walkHooks(model, tokens, golden);
  expect(first).toBeNull();
  const cache = await model.run([tokens], ['logits']);
  const [logits] = await cache.ops.read([cache.get('logits')]);
  cache.dispose();
  const expected = golden.get('logits')?.data ?? [];
  expect(largestDifference(expected, logits)).toBeLessThan(goldenTolerance('logits'));
  return `${worst.difference.toExponential(1)} (${worst.hook})`;
}

/** `backendOf` opens a backend whose kernels are all of one family. */
export function familyWalkSuite<F extends string>(
  families: readonly F[],
  backendOf: (family: F) => Promise<Backend>,
): void {
  describe.each(families)('the family %s', (family) => {
    // In place of the golden models, not beside them: each kernel takes seconds to compile on a software adapter, and those
    // for odd widths are held by families.gpu.test.ts.
    const committed = hasShared ? [] : (['layer', 'lnfree'] as const);
    test.each(committed)('the committed model %s, f32', async (form) => {
      const model = await loadModel(await backendOf(family), memoryFiles(TINY_CHECKPOINTS[form]()));
      const response = await fetch(TINY_GOLDEN[form]);
      await walk(model, TINY_TOKENS, await readGolden(new Uint8Array(await response.arrayBuffer())));
      model.park();
    });

    const golden = hasShared ? (['original', 'lnfree'] as const) : [];
    test.each(golden)('the golden model %s', async (arm) => {
      const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
      const golden = await readGolden(await readShared(`golden/${arm}.safetensors`));
      const backend = await backendOf(family);
      const model = await loadGoldenModel(backend, arm);
      const worst = await walk(model, prompts.short ?? [], ofPrompt(golden, 'short'));
      console.log(`${family}, ${arm}: largest difference ${worst}`);
      model.park();
    });

    // `rows` and `subgroups` read weights by the same functions as `tiles`; `npm run bench:node -- --golden` walks all.
    const storages = hasShared && ['registers', 'tiles'].includes(family) ? (['f16', 'q8'] as const) : [];
    test.each(storages)('the golden model in %s', async (dtype) => {
      const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
      const tokens = prompts.short ?? [];
      const load: Load = (on, storage) => loadGoldenModel(on, 'original', storage);
      const model = await load(await backendOf(family), dtype);
      const expected = await recordHooks(await load(cpu, dtype), tokens);
      const worst = await walk(model, tokens, expected);
      const plain = (await recordHooks(await load(cpu, 'f32'), tokens)).get('logits')?.data ?? [];
      const rounding = largestDifference(plain, expected.get('logits')?.data ?? []);
      console.log(
        `${family}, ${dtype}: largest difference ${worst}; rounding moves logits by ${rounding.toExponential(1)}`,
      );
      model.park();
    });
  });
}
