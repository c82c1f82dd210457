/** Golden data for tests in Node and in the browser: reads it, loads the models it belongs to, and walks the hooks in order. */

import { allHooks } from '../src/model/hooks.ts';
import type { Model } from '../src/model/model.ts';
import { OpsModel } from '../src/model/opsModel.ts';
import type { Backend } from '../src/tensor/ops.ts';
import type { HostParams, ModelConfig, StorageDType } from '../src/tensor/params.ts';
import type { CheckpointFiles } from '../src/weights/byteSource.ts';
import { loadHostParams } from '../src/weights/convert.ts';
import { memoryFiles, memorySource } from '../src/weights/memory.ts';
import { readHeader } from '../src/weights/safetensors.ts';
import { readFloats } from '../src/weights/values.ts';
import { readShared } from './readShared.ts';

export const GOLDEN_ARMS = ['original', 'vanilla', 'lnfree'] as const;
export type GoldenArm = (typeof GOLDEN_ARMS)[number];

/** The very files that shared/golden was computed from. */
const SHA256: Record<GoldenArm, string> = {
  original: '4db5532c45b3c53edb14239acf7dc4401ae763dd1f3388aed534e7f6e276c66f',
  vanilla: '1ee8e669b10bbc2bfc36ae590be57c51599309d44cb6d8e3a9e98ea9240588ba',
  lnfree: '15a12db83d16d370f94bf36b79c3f9cdfd8bb257731418cd7a2e8ad640e03d27',
};

/** Tensor name → values. */
export type Golden = ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>;

/** Every tensor of a safetensors file. */
export async function readGolden(bytes: Uint8Array): Promise<Golden> {
  const entries = await readHeader(memorySource('golden', bytes));
  const read = entries.map(
    async (entry) => [entry.name, { shape: entry.shape, data: await readFloats(entry) }] as const,
  );
  return new Map(await Promise.all(read));
}

/** The tensors of one prompt, without the prompt's name in front. */
export function ofPrompt(golden: Golden, prompt: string): Golden {
  const own = [...golden].filter(([name]) => name.startsWith(`${prompt}/`));
  return new Map(own.map(([name, value]) => [name.slice(prompt.length + 1), value]));
}

/** Where a model is to run: on the project's own forward pass over a backend, or on whatever engine makes one of host values. */
export type ModelHome = Backend | ((config: ModelConfig, params: HostParams) => Model);

/** A checkpoint of shared/models/demo; throws where its weights are not the ones the golden data were made from. */
export async function goldenFiles(arm: GoldenArm): Promise<CheckpointFiles> {
  const names = ['config.json', 'model.safetensors', 'tokenizer.json'];
  const files = await Promise.all(
    names.map(async (name) => [name, await readShared(`models/demo/${arm}/${name}`)] as const),
  );
  const digest = await crypto.subtle.digest('SHA-256', files[1]?.[1] as Uint8Array<ArrayBuffer>);
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hex !== SHA256[arm])
    throw new Error(`shared/models/demo/${arm} is ${hex}: the golden data belong to ${SHA256[arm]}`);
  return memoryFiles(new Map(files));
}

/** A model of shared/models/demo on a device; throws as `goldenFiles` does. */
export async function loadGoldenModel(
  home: ModelHome,
  arm: GoldenArm,
  dtype: StorageDType = 'f32',
): Promise<Model> {
  return loadModel(home, await goldenFiles(arm), dtype);
}

/** A checkpoint on a device. */
export async function loadModel(
  home: ModelHome,
  files: CheckpointFiles,
  dtype: StorageDType = 'f32',
): Promise<Model> {
  const { config, params } = await loadHostParams(files, { dtype });
  return typeof home === 'function' ? home(config, params) : OpsModel.fromHost(home, config, params);
}

/** Every hook there is of one prompt, as a model computes it: golden data to hold another model against. */
export async function recordHooks(model: Model, tokens: readonly number[]): Promise<Golden> {
  const hooks = allHooks(model.config, tokens.length);
  const cache = await model.run(
    [tokens],
    hooks.map(({ name }) => name),
  );
  const values = await cache.ops.read(hooks.map(({ name }) => cache.get(name)));
  cache.dispose();
  return new Map(hooks.map(({ name, shape }, i) => [name, { shape, data: values[i] as Float32Array }]));
}

/** Golden tolerances: 1e-3 on a hook, 2e-3 on logits, each relative to max(1, |value|) (SCIENCE §9). */
export const goldenTolerance = (hook: string): number => (hook === 'logits' ? 2e-3 : 1e-3);

export interface Walk {
  /** Hooks compared. */
  hooks: number;
  /** The largest difference and where. */
  worst: { hook: string; difference: number };
  /** The first hook, in the order of the forward pass, beyond its tolerance: where to look for the fault. */
  first: { hook: string; difference: number } | null;
}

/** Runs the prompt and compares every hook that the golden data has. */
export async function walkHooks(model: Model, tokens: readonly number[], golden: Golden): Promise<Walk> {
  const hooks = allHooks(model.config, tokens.length).filter(({ name }) => golden.has(name));
  if (hooks.length !== golden.size)
    throw new Error(`${golden.size - hooks.length} golden tensors are no hooks of this model`);
  const cache = await model.run(
    [tokens],
    hooks.map(({ name }) => name),
  );
  try {
    const values = await cache.ops.read(hooks.map(({ name }) => cache.get(name)));
    const walked = hooks.map(({ name }, i) => {
      const expected = golden.get(name)?.data as Float32Array;
      return { hook: name, difference: largestDifference(expected, values[i] as Float32Array) };
    });
    return {
      hooks: walked.length,
      worst: walked.reduce((a, b) => (b.difference > a.difference ? b : a)),
      first: walked.find(({ hook, difference }) => !(difference <= goldenTolerance(hook))) ?? null,
    };
  } finally {
    cache.dispose();
  }
}

/** max |Δ| relative to max(1, |expected|); equal infinities agree, NaN never does. */
export function largestDifference(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  if (expected.length !== actual.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const [e, a] = [expected[i] as number, actual[i] as number];
    if (e === a) continue;
    const difference = Math.abs(e - a) / Math.max(1, Math.abs(e));
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return worst;
}
