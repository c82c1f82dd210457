import { expect, test, vi } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import type { HookName } from '../model/hooks.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { memoryFiles } from '../weights/memory.ts';
import { RunStore } from './runStore.ts';

const HOOKS: HookName[] = ['blocks.0.attn.hook_z', 'logits'];

async function stores() {
  const backend = createCpuBackend();
  const models = [
    await loadModel(backend, memoryFiles(TINY_CHECKPOINTS.layer())),
    await loadModel(backend, memoryFiles(TINY_CHECKPOINTS.lnfree())),
  ];
  return models.map((model) => ({ store: new RunStore(model), run: vi.spyOn(model, 'run') }));
}

test('runs that were made together are found again, and are what each model gives alone', async () => {
  const all = await stores();
  RunStore.makeTogether(
    TINY_TOKENS,
    all.map(({ store }) => ({ store, hooks: HOOKS, also: ['ln_final.hook_normalized'], edits: [] })),
  );
  for (const { store, run } of all) {
    const cache = await store.get(TINY_TOKENS, [...HOOKS, 'ln_final.hook_normalized'], []);
    expect(run).not.toHaveBeenCalled();
    const [together] = await cache.ops.read([cache.get('logits')]);
    const alone = await store.model.run([TINY_TOKENS], HOOKS);
    expect(together).toEqual((await alone.ops.read([alone.get('logits')]))[0]);
  }
});

test('only what is missing is made, and one missing run is left to its own model', async () => {
  const [first, second] = await stores();
  if (!first || !second) throw new Error('two stores');
  const kept = await first.store.get(TINY_TOKENS, HOOKS, []);
  RunStore.makeTogether(
    TINY_TOKENS,
    [first, second].map(({ store }) => ({ store, hooks: HOOKS, also: [], edits: [] })),
  );
  expect(await first.store.get(TINY_TOKENS, HOOKS, [])).toBe(kept);
  expect(first.run).toHaveBeenCalledTimes(1);
  await second.store.get(TINY_TOKENS, HOOKS, []);
  expect(second.run).toHaveBeenCalledTimes(1);
});
