/** For GPU tests: the same ops on both backends, and the first number that is not what the oracle says. */

import { assert } from '../base/assert.ts';
import { floatToHalf } from '../base/half.ts';
import { mulberry32 } from '../base/random.ts';
import { formatShape, lastAxis, rows, type Shape, sameShape, size } from '../base/shapes.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { groupsOf } from '../tensor/hostRows.ts';
import type { Backend, Ops } from '../tensor/ops.ts';
import type { HostTensor, Tensor } from '../tensor/tensor.ts';

/** Seeded numbers, uniform in [−1, 1). */
export function randoms(seed: number): () => number {
  const next = mulberry32(seed);
  return () => 2 * next() - 1;
}

export function f32(shape: Shape, next: (index: number) => number): HostTensor {
  return { dtype: 'f32', shape, data: Float32Array.from({ length: size(shape) }, (_, i) => next(i)) };
}

export function f16(shape: Shape, next: (index: number) => number): HostTensor {
  return {
    dtype: 'f16',
    shape,
    data: Uint16Array.from({ length: size(shape) }, (_, i) => floatToHalf(next(i))),
  };
}

export function u32(shape: Shape, next: (index: number) => number): HostTensor {
  return { dtype: 'u32', shape, data: Uint32Array.from({ length: size(shape) }, (_, i) => next(i)) };
}

/** 8-bit values in all of −127…127, each group with a scale of its own between ½ and 1. */
export function q8(shape: Shape, next: (index: number) => number): HostTensor {
  const scales = rows(shape) * groupsOf(lastAxis(shape));
  return {
    dtype: 'q8',
    shape,
    data: Int8Array.from({ length: size(shape) }, (_, i) => Math.round(127 * next(i))),
    scales: Float32Array.from({ length: scales }, (_, i) => 1 - Math.abs(next(i)) / 2),
  };
}

/** Host values in each storage that a parameter may have. */
export const storages = { f32, f16, q8 };

/**
 * What a test computes: `up` brings a host tensor into the arena of whichever backend is at work, `parameter` to the
 * backend itself, where it may lie in parts.
 */
export type Body = (
  ops: Ops,
  up: (host: HostTensor) => Tensor,
  parameter: (host: HostTensor) => Tensor,
) => readonly Tensor[];

const cpu = createCpuBackend();

async function run(backend: Backend, body: Body) {
  const ops = backend.arena('test');
  const parameters: Tensor[] = [];
  const parameter = (host: HostTensor) => {
    const made = backend.upload(host, 'parameter');
    parameters.push(made);
    return made;
  };
  const results = body(ops, (host) => ops.upload(host, 'input'), parameter);
  const values = await Promise.all(
    results.map(async (tensor) => {
      if (tensor.dtype === 'u32') return await ops.readIds(tensor);
      const [data] = await ops.read([tensor]);
      return data;
    }),
  );
  ops.dispose();
  backend.free(parameters);
  return results.map(({ shape, label }, i) => ({ shape, label, data: values[i] as ArrayLike<number> }));
}

/**
 * Runs `body` on the CPU and on `backend`, and throws at the first number further off than
 * `tolerance`·max(1, |expected|). Infinities and NaN must be in the same places.
 */
export async function compare(backend: Backend, name: string, tolerance: number, body: Body): Promise<void> {
  const expected = await run(cpu, body);
  const actual = await run(backend, body);
  assert(expected.length > 0 && expected.length === actual.length, `${name}: ${actual.length} results`);
  expected.forEach((want, t) => {
    const got = actual[t] as (typeof actual)[number];
    assert(want.label === got.label, `${name}: label ${got.label}, not ${want.label}`);
    assert(
      sameShape(want.shape, got.shape),
      `${name}: ${formatShape(got.shape)}, not ${formatShape(want.shape)}`,
    );
    for (let i = 0; i < want.data.length; i++) {
      const [a, e] = [got.data[i] as number, want.data[i] as number];
      if (Object.is(a, e) || a === e) continue;
      const distance = Math.abs(a - e) / Math.max(1, Math.abs(e));
      assert(
        distance <= tolerance,
        `${name}: ${want.label} ${i} of ${formatShape(want.shape)} is ${a}, not ${e}`,
      );
    }
  });
}
