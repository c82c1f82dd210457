/** Activations as a file: read back by the reader of checkpoints they are those of the run, with what they are of. */

import { describe, expect, test } from 'vitest';
import { createCpuService } from '../../tools/cpuService.ts';
import { DEMO } from '../../tools/demo.ts';
import type { Normless } from '../engine/api.ts';
import { allHooks, hookBytes } from '../model/hooks.ts';
import { gpt2Config } from '../tensor/params.ts';
import { memorySource } from '../weights/memory.ts';
import { readHeader } from '../weights/safetensors.ts';
import { activationBytes, activationsFile, HOOK_SETS, hooksOf, safetensors } from './activations.ts';

const CONFIG = gpt2Config({ nLayers: 3, nHeads: 2, dModel: 8, nCtx: 16, dVocab: 31 });

async function read(file: Uint8Array<ArrayBuffer>) {
  const source = memorySource('activations.safetensors', file);
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const entries = await readHeader(source);
  const tensors = entries.map(
    ({ name, dtype, shape, start, end }) =>
      [name, { dtype, shape, data: new Float32Array(file.slice(start, end).buffer) }] as const,
  );
  return { metadata: header.__metadata__ as Record<string, string>, tensors: new Map(tensors), entries };
}

describe('sets of hooks', () => {
  const all = HOOK_SETS.map(({ id }) => id);

  test('name hooks that there are, each once', () => {
    const known = new Set(allHooks(CONFIG, 5).map(({ name }) => name));
    const named = hooksOf(all, CONFIG.nLayers);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });

  test.each(HOOK_SETS.map(({ id }) => [id]))('%s is as large as is said', (id) => {
    const hooks = new Set(hooksOf([id], CONFIG.nLayers));
    expect(activationBytes([id], CONFIG, 5)).toBe(hookBytes(CONFIG, 5, hooks));
  });

  test('none chosen says what there is', () => {
    expect(() => hooksOf([], 3)).toThrow(/Choose at least one of: residual/);
  });
});

test('every value comes back, of any bits, aligned', async () => {
  const data = Float32Array.of(1.5, Number.NaN, Number.NEGATIVE_INFINITY, -0, 1e-45, 3.4e38);
  const part = new Float32Array([9, ...data, 9]).subarray(1, 7);
  const { tensors, entries, metadata } = await read(
    safetensors(
      { 'blocks.0.a': { shape: [2, 3], data: part }, é: { shape: [0], data: new Float32Array() } },
      { x: 'y' },
    ),
  );
  expect([...(tensors.get('blocks.0.a')?.data ?? [])]).toEqual([...data]);
  expect(tensors.get('é')).toMatchObject({ shape: [0], dtype: 'F32' });
  expect(entries.every(({ start }) => start % 4 === 0)).toBe(true);
  expect(metadata).toEqual({ x: 'y' });
});

test('the file of a run holds what the run gives, and what it is of', async () => {
  const service = createCpuService();
  await service.start();
  const disposed: string[] = [];
  const normless = {
    version: '0.1.0',
    run: (request) => service.run(request),
    dispose: async ({ id }) => void disposed.push(id),
  } satisfies Pick<Normless, 'version' | 'run' | 'dispose'>;
  const edits = [{ kind: 'zero', site: 'L1.z', head: 2 }] as const;
  const prompt = { text: 'Once upon a time', pair: 'demo', edits };
  const hooks = [...hooksOf(['patterns', 'residual'], DEMO.nLayers), 'logits'];
  const { tensors, metadata } = await read(
    await activationsFile(normless, { ...prompt, arm: 'lnfree', hooks }),
  );

  const run = await service.run({ ...prompt, arms: ['lnfree'], hooks });
  const activations = run.arms.lnfree?.activations ?? {};
  expect([...tensors.keys()].sort()).toEqual([...hooks].sort());
  for (const hook of hooks) {
    expect(tensors.get(hook)?.shape).toEqual(activations[hook]?.shape);
    expect(tensors.get(hook)?.data).toEqual(activations[hook]?.data);
  }
  expect(metadata).toEqual({
    format: 'pt',
    normless: '0.1.0',
    pair: 'demo',
    arm: 'lnfree',
    engine: 'wgsl',
    tokens: JSON.stringify(run.tokens),
    edits: JSON.stringify(edits),
  });
  expect(disposed).toHaveLength(1);
});
