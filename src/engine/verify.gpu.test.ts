/** Verify against real kernels: right ones agree with the CPU twin on every hook, a planted fault is named. */

import { expect, test } from 'vitest';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import { gpuWith } from '../gpu/device.suite.ts';
import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import type { Model } from '../model/model.ts';
import { OpsModel } from '../model/opsModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import type { Backend, Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { loadHostParams } from '../weights/convert.ts';
import { memoryFiles } from '../weights/memory.ts';
import { compareArm } from './verify.ts';

const steps = { next: async () => {} };

async function rowsOf(backend: Backend) {
  const { config, params } = await loadHostParams(memoryFiles(TINY_CHECKPOINTS.layer()), { dtype: 'f32' });
  const models = new Map<'wgsl' | 'cpu', Model>([
    ['wgsl', OpsModel.fromHost(backend, config, params)],
    ['cpu', OpsModel.fromHost(createCpuBackend(), config, params)],
  ]);
  return compareArm('tiny', models, TINY_TOKENS, steps);
}

/** One tensor that a product of one layer gives comes out a hundredth too large. */
function off(backend: Backend, label: string): Backend {
  const arena = (name: string): Ops => {
    const ops = backend.arena(name);
    const spoiled = (right: Tensor): Tensor => {
      if (right.label !== label) return right;
      const n = right.shape.at(-1) as number;
      const factor = ops.upload({ dtype: 'f32', shape: [n], data: new Float32Array(n).fill(1.01) }, 'fault');
      return ops.dotGroups(right, factor, n, label);
    };
    const { qkv, linearAdd, linearGelu } = ops;
    ops.qkv = (...args) => {
      const { q, k, v } = qkv.apply(ops, args);
      return { q: spoiled(q), k: spoiled(k), v: spoiled(v) };
    };
    ops.linearAdd = (...args) => {
      const { out, sum } = linearAdd.apply(ops, args);
      return { out: out && spoiled(out), sum };
    };
    ops.linearGelu = (...args) => {
      const { pre, post } = linearGelu.apply(ops, args);
      return { pre: pre && spoiled(pre), post };
    };
    return ops;
  };
  return new Proxy(backend, {
    get: (target, key) => {
      if (key === 'arena') return arena;
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('right kernels agree on every hook; one op of one layer, a hundredth off, is named', async () => {
  const backend = await createWebGpuBackend();
  const rows = await rowsOf(backend);
  expect(rows).toHaveLength(2 + 2 * 18 + 3);
  expect(rows.filter(({ ok }) => !ok)).toEqual([]);
  expect(Math.max(...rows.map(({ maxAbs }) => maxAbs))).toBeGreaterThan(0); // f32 and f64 sums cannot be equal

  for (const label of ['blocks.1.attn.hook_v', 'blocks.1.hook_attn_out', 'blocks.1.mlp.hook_pre']) {
    const faulty = await rowsOf(off(backend, label));
    expect(faulty.find(({ ok }) => !ok)).toMatchObject({ hook: label, engines: ['wgsl', 'cpu'] });
  }
  backend.destroy();
});

test('a Gelu kernel of the erf form is named, though it is never more than 5e-4 off', async () => {
  // erf to 1.5e-7: Abramowitz and Stegun 7.1.26.
  const ERF = `
fn erf(x: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.3275911 * abs(x));
  let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(x) * (1.0 - p * exp(-x * x));
}`;
  let replaced = 0;
  const gpu = gpuWith((device) => {
    const create = device.createShaderModule.bind(device);
    device.createShaderModule = (descriptor) => {
      const code = descriptor.code.replace(
        'return v / (1.0 + exp(-2.0 * u));',
        'return 0.5 * v * (1.0 + erf(v * 0.70710678));',
      );
      if (code === descriptor.code) return create(descriptor);
      replaced++;
      return create({ ...descriptor, code: code + ERF });
    };
  });
  const backend = await createWebGpuBackend({ gpu });
  const first = (await rowsOf(backend)).find(({ ok }) => !ok);
  expect(replaced).toBeGreaterThan(0);
  expect(first).toMatchObject({ hook: 'blocks.0.mlp.hook_post' });
  expect(first?.maxAbs).toBeLessThan(5e-4);
  backend.destroy();
});
