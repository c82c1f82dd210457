/** Seeded small models, and the algebra that tests hold them against: loading, folding, gauges. */

import { must } from '../src/base/assert.ts';
import type { Model } from '../src/model/model.ts';
import { OpsModel } from '../src/model/opsModel.ts';
import { createCpuBackend } from '../src/tensor/cpuOps.ts';
import type { Ops } from '../src/tensor/ops.ts';
import { assembleParams, flattenParams, type HostParams, type ModelConfig } from '../src/tensor/params.ts';
import type { HostTensor, Tensor } from '../src/tensor/tensor.ts';
import { loadHostParams } from '../src/weights/convert.ts';
import { memoryFiles } from '../src/weights/memory.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../src/weights/testing.ts';

export const TINY_PROMPT = [28, 3, 14, 1, 5, 9, 2, 6];

export interface Tiny {
  config: ModelConfig;
  host: HostParams;
  model: Model;
}

/** A seeded model on the CPU twin. */
export async function tiny(options: TinyCheckpointOptions): Promise<Tiny> {
  const { config, params } = await loadHostParams(memoryFiles(makeTinyCheckpoint(options)), { dtype: 'f32' });
  return { config, host: params, model: OpsModel.fromHost(createCpuBackend(), config, params) };
}

/** The same model with some parameters changed; `change` gets canonical name and values and returns new values or undefined. */
export function withParams(
  { config, host }: Tiny,
  change: (name: string, values: Float32Array) => ArrayLike<number> | undefined,
): Tiny {
  const flat = new Map(
    [...flattenParams(host)].map(([name, tensor]): [string, HostTensor] => {
      const changed = change(name, floatsOf(tensor));
      return [name, changed ? { ...tensor, dtype: 'f32', data: Float32Array.from(changed) } : tensor];
    }),
  );
  const params = assembleParams(config, (name) => must(flat.get(name), name));
  return { config, host: params, model: OpsModel.fromHost(createCpuBackend(), config, params) };
}

/** The values of an f32 host tensor. */
export function floatsOf(tensor: HostTensor): Float32Array {
  if (tensor.dtype !== 'f32') throw new Error(`expected f32, got ${tensor.dtype}`);
  return tensor.data;
}

/** Logits of one prompt, [pos · d_vocab]. */
export async function logitsOf(model: Model, prompt: readonly number[]): Promise<Float32Array> {
  return readHook(model, prompt, 'logits');
}

/** One hook of one prompt. */
export async function readHook(model: Model, prompt: readonly number[], hook: string): Promise<Float32Array> {
  const cache = await model.run([prompt], [hook]);
  const [data] = await cache.ops.read([cache.get(hook)]);
  cache.dispose();
  return data;
}

/** max |a − b|. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((worst, x, i) => Math.max(worst, Math.abs(x - (b[i] as number))), 0);
}

/** A tensor of an arena from plain numbers. */
export function f32(ops: Ops, shape: readonly number[], data: ArrayLike<number>): Tensor {
  return ops.upload({ dtype: 'f32', shape, data: Float32Array.from(data) }, 'test');
}

/** W′ = C·diag(gain)·W and b′ = b + bias·W (SCIENCE §2): the norm's affine part and its centring move into the matrix. */
export function fold(
  gain: Float32Array,
  bias: Float32Array,
  W: Float32Array,
  b: ArrayLike<number>,
): { W: Float64Array; b: Float64Array } {
  const [d, m] = [gain.length, W.length / gain.length];
  const folded = Float64Array.from(W, (w, i) => w * (gain[Math.floor(i / m)] as number));
  const added = Float64Array.from({ length: m }, (_, j) => b[j] ?? 0);
  for (let j = 0; j < m; j++) {
    let mean = 0;
    for (let i = 0; i < d; i++) {
      mean += (folded[i * m + j] as number) / d;
      added[j] = (added[j] as number) + (bias[i] as number) * (W[i * m + j] as number);
    }
    for (let i = 0; i < d; i++) folded[i * m + j] = (folded[i * m + j] as number) - mean;
  }
  return { W: folded, b: added };
}

/** [n, m] → [m, n]. */
export function transpose(data: ArrayLike<number>, n: number, m: number): Float32Array {
  return Float32Array.from({ length: n * m }, (_, i) => data[(i % n) * m + Math.floor(i / n)] as number);
}
