/**
 * Parameters in 16 and in 8 bits, whole and in parts: every hook on one backend against the CPU twin with the very same
 * rounded values, so that the tolerances of f32 hold (SCIENCE §9).
 */

import { describe, expect, test } from 'vitest';
import {
  GOLDEN_ARMS,
  type Golden,
  loadGoldenModel,
  loadModel,
  type Walk,
  walkHooks,
} from '../../tools/golden.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import type { Backend } from '../tensor/ops.ts';
import type { StorageDType } from '../tensor/params.ts';
import { memoryFiles } from '../weights/memory.ts';
import { allHooks } from './hooks.ts';
import type { Model } from './model.ts';

/** Every storage, whole and in parts; f32 as a whole is the golden walk. */
const CASES: [StorageDType, 'whole' | 'in parts'][] = [
  ['f32', 'in parts'],
  ['f16', 'whole'],
  ['f16', 'in parts'],
  ['q8', 'whole'],
  ['q8', 'in parts'],
];

const cpu = createCpuBackend();

/** Every hook as the CPU twin computes it. */
async function hooksOf(model: Model, tokens: readonly number[]): Promise<Golden> {
  const hooks = allHooks(model.config, tokens.length);
  const names = hooks.map(({ name }) => name);
  const cache = await model.run([tokens], names);
  const values = await cache.ops.read(names.map((name) => cache.get(name)));
  cache.dispose();
  return new Map(hooks.map(({ name, shape }, i) => [name, { shape, data: values[i] as Float32Array }]));
}

type Load = (backend: Backend, dtype: StorageDType) => Promise<Model>;

async function walk(
  load: Load,
  backend: Backend,
  dtype: StorageDType,
  tokens: readonly number[],
): Promise<Walk> {
  const expected = await hooksOf(await load(cpu, dtype), tokens);
  const model = await load(backend, dtype);
  const walked = await walkHooks(model, tokens, expected);
  model.park();
  return walked;
}

/** `backendOf` opens a backend whose parts of a parameter are no larger than this. */
export function storageWalkSuite(backendOf: (bindingBytes: number) => Promise<Backend>): void {
  // 1100 bytes cut the tiny models' matrices in every storage, 9000 the golden models', several heads among them.
  const limit = (form: string, bytes: number) => (form === 'whole' ? Infinity : bytes);

  test.each(CASES)('the committed two-layer model, %s, %s', async (dtype, form) => {
    const backend = await backendOf(limit(form, 1100));
    for (const make of Object.values(TINY_CHECKPOINTS)) {
      const load: Load = (on, storage) => loadModel(on, memoryFiles(make()), storage);
      const { first, hooks } = await walk(load, backend, dtype, TINY_TOKENS);
      expect(first).toBeNull();
      expect(hooks).toBe(2 + 2 * 18 + 3);
    }
  });

  describe.skipIf(!hasShared)('the golden models', () => {
    test.each(CASES)('%s, %s', async (dtype, form) => {
      const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
      const backend = await backendOf(limit(form, 9000));
      for (const arm of GOLDEN_ARMS) {
        const load: Load = (on, storage) => loadGoldenModel(on, arm, storage);
        const { first, worst } = await walk(load, backend, dtype, prompts.give ?? []);
        expect(first, arm).toBeNull();
        console.log(
          `${arm}, ${dtype}, ${form}: largest difference ${worst.difference.toExponential(1)} (${worst.hook})`,
        );
      }
    });
  });
}
