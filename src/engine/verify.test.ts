/** Verify finds what it is for: a kernel that is a hundredth off, in one layer, and a Gelu of the wrong kind; and it says which engines it compared. */

import { beforeAll, describe, expect, test } from 'vitest';
import { createCpuService, diskFiles } from '../../tools/cpuService.ts';
import { DEMO } from '../../tools/demo.ts';
import { blockHook } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import { OpsModel } from '../model/opsModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { floats } from '../tensor/cpuTensor.ts';
import type { Backend, Ops } from '../tensor/ops.ts';
import { loadHostParams } from '../weights/convert.ts';
import { compareArm } from './verify.ts';

const PROMPT = [8191, 7454, 2402, 257, 640, 11, 612, 373];
const LAYER = DEMO.nLayers >> 1;
/** Every hook of one prompt: two embeddings, 18 in each block, the final norm's two and the logits. */
const HOOKS = 2 + DEMO.nLayers * 18 + 3;
const steps = { next: async () => {} };

/** A CPU twin, one of whose ops is wrong: `spoil` sees every result by its label and may change it. */
function faultyBackend(spoil: (label: string, values: Float32Array) => void): Backend {
  const backend = createCpuBackend();
  const arena = (label: string): Ops =>
    new Proxy(backend.arena(label), {
      get(ops, name) {
        const op = Reflect.get(ops, name, ops);
        if (typeof op !== 'function') return op;
        return (...args: unknown[]) => {
          const result = op.apply(ops, args);
          if (name === 'tidy' || name === 'keep' || name === 'read') return result;
          const made = result?.dtype ? [result] : Object.values(result ?? {}); // one tensor, or several by name
          for (const tensor of made) if (tensor?.dtype === 'f32') spoil(tensor.label, floats(tensor));
          return result;
        };
      },
    });
  return { ...backend, arena };
}

let right: Model;
let faulty: (spoil: (label: string, values: Float32Array) => void) => Model;

beforeAll(async () => {
  const { config, params } = await loadHostParams(diskFiles('public/models/demo/original'), { dtype: 'f32' });
  right = OpsModel.fromHost(createCpuBackend(), config, params);
  faulty = (spoil) => new OpsModel(faultyBackend(spoil), config, right.params);
});

async function firstDifference(model: Model) {
  const models = new Map([['cpu', right] as const, ['wgsl', model] as const]);
  const rows = await compareArm('original', models, PROMPT, steps);
  return rows.find(({ ok }) => !ok);
}

test('two that are right agree on every hook, to the last bit', async () => {
  const rows = await compareArm(
    'original',
    new Map([['cpu', right] as const, ['wgsl', faulty(() => {})] as const]),
    PROMPT,
    steps,
  );
  expect(rows).toHaveLength(HOOKS);
  expect(rows.every(({ ok, maxAbs }) => ok && maxAbs === 0)).toBe(true);
  expect(rows.every(({ nonFinite }) => nonFinite === 0)).toBe(true);
});

describe('one op of one layer, a hundredth off, is named by its hook', () => {
  test.each([
    'ln1.hook_normalized',
    'attn.hook_q',
    'attn.hook_k',
    'attn.hook_v',
    'attn.hook_attn_scores',
    'attn.hook_pattern',
    'attn.hook_z',
    'attn.hook_result',
    'hook_attn_out',
    'hook_resid_mid',
    'ln2.hook_scale',
    'ln2.hook_normalized',
    'mlp.hook_pre',
    'mlp.hook_post',
    'hook_mlp_out',
    'hook_resid_post',
  ] as const)('%s', async (hook) => {
    const at = blockHook(LAYER, hook);
    const model = faulty((label, values) => {
      if (label === at) for (let i = 0; i < values.length; i++) values[i]! *= 1.01;
    });
    expect(await firstDifference(model)).toMatchObject({ hook: at, engines: ['cpu', 'wgsl'] });
  });

  test('logits', async () => {
    const model = faulty((label, values) => {
      if (label === 'logits') for (let i = 0; i < values.length; i++) values[i]! *= 1.01;
    });
    expect(await firstDifference(model)).toMatchObject({ hook: 'logits' });
  });
});

test('an erf Gelu in place of the tanh form, in one layer, is named', async () => {
  const at = blockHook(LAYER, 'mlp.hook_post');
  let pre = new Float32Array();
  const model = faulty((label, values) => {
    if (label === blockHook(LAYER, 'mlp.hook_pre')) pre = values.slice();
    if (label === at) values.set(pre.map((x) => 0.5 * x * (1 + erf(x / Math.SQRT2))));
  });
  const first = await firstDifference(model);
  expect(first).toMatchObject({ hook: at });
  expect(first?.maxAbs).toBeLessThan(5e-4); // the two forms are never further apart
});

test('a NaN on one side is an infinite difference, on both none but counted', async () => {
  const spoil = (label: string, values: Float32Array) => {
    if (label === blockHook(LAYER, 'hook_mlp_out')) values[5] = Number.NaN;
  };
  expect(await firstDifference(faulty(spoil))).toMatchObject({
    hook: blockHook(LAYER, 'hook_mlp_out'),
    relative: Infinity,
  });
  const models = new Map([['cpu', faulty(spoil)] as const, ['wgsl', faulty(spoil)] as const]);
  const rows = await compareArm('original', models, PROMPT, steps);
  expect(rows.every(({ ok }) => ok)).toBe(true);
  expect(rows.find(({ hook }) => hook === blockHook(LAYER, 'hook_mlp_out'))?.nonFinite).toBe(1);
});

describe('as an analysis', () => {
  test('reports every hook of every arm, the engines, what is left out, and the weights by their hash', async () => {
    const service = createCpuService();
    await service.start();
    const progress: number[] = [];
    const result = await service.analyze('verify', {
      tokens: PROMPT,
      arms: ['original', 'lnfree'],
      onProgress: ({ done, total }) => progress.push(done / total),
    });
    expect(result.firstDivergence).toBeNull();
    expect(result.engines.map(({ engine }) => engine)).toEqual(['wgsl', 'cpu']);
    expect(result.leftOut).toEqual([expect.stringMatching(/^ort: /)]);
    expect(result.hooks).toHaveLength(2 * HOOKS);
    expect(result.hooks.map(({ arm }) => arm).indexOf('lnfree')).toBe(HOOKS);
    expect(Object.keys(result.arms)).toEqual(['original', 'lnfree']);
    expect(result.arms.original).toMatchObject({
      divergence: null,
      dtype: 'f32',
      source: 'bundled with the page',
    });
    const hashes = Object.values(result.arms).map(({ weights }) => weights);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(hashes).size).toBe(2);
    expect(result.environment).toMatchObject({ normless: 'test', adapter: { architecture: 'cpu' } });
    expect(progress.at(-1)).toBe(1);
  });

  test('stops where the person stops it', async () => {
    const service = createCpuService();
    await service.start();
    const controller = new AbortController();
    const asked = service.analyze('verify', {
      tokens: PROMPT,
      signal: controller.signal,
      onProgress: ({ done }) => done > 20 && controller.abort(new DOMException('enough', 'AbortError')),
    });
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    expect((await service.run({ tokens: [1], hooks: [] })).tokens).toEqual([1]);
  });
});

/** Gauss' error function by its series, which cancels too much from where it is ±1 to 2e-8. */
function erf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
