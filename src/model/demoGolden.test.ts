/** The embedded demo models, hook by hook, against float64 values of another program (training/reference.py). */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { loadHostParams } from '../weights/convert.ts';
import { memoryFiles } from '../weights/memory.ts';
import { OpsModel } from './opsModel.ts';

interface Values {
  shape: number[];
  /** Of all values, and of their absolutes. */
  sum: number;
  magnitude: number;
  /** Some values, by their place in the row-major tensor. */
  at: number[];
  values: number[];
}

interface Walk {
  ids: number[];
  /** The ten likeliest tokens after the last, with their log-probabilities. */
  best: [number, number][];
  hooks: Record<string, Values>;
}

const GOLDEN = JSON.parse(readFileSync('training/golden.json', 'utf8')) as Record<
  string,
  Record<string, Walk>
>;

/** f32 against f64, per value and of the mean absolute: activations reach 50, where an f32 step is 4e-6. */
const TOLERANCE = 1e-4;

const FILES = ['config.json', 'model.safetensors', 'tokenizer.json'];

async function load(arm: string) {
  const bytes = (name: string) => new Uint8Array(readFileSync(`public/models/demo/${arm}/${name}`));
  const files = memoryFiles(new Map(FILES.map((name) => [name, bytes(name)])));
  const { config, params } = await loadHostParams(files, { dtype: 'f32' });
  return OpsModel.fromHost(createCpuBackend(), config, params);
}

/** What is wrong with a hook, or null. */
function fault(data: Float32Array, { sum, magnitude, at, values }: Values): string | null {
  const mean = magnitude / data.length;
  const total = data.reduce((a, b) => a + b, 0);
  if (Math.abs(total - sum) > TOLERANCE * magnitude + 1e-6) return `its sum is ${total}, not ${sum}`;
  const size = data.reduce((a, b) => a + Math.abs(b), 0);
  if (Math.abs(size - magnitude) > TOLERANCE * magnitude)
    return `its absolutes add up to ${size}, not ${magnitude}`;
  for (const [i, place] of at.entries()) {
    const [here, there] = [data[place] as number, values[i] as number];
    if (Math.abs(here - there) > TOLERANCE * Math.max(mean, Math.abs(there)))
      return `[${place}] is ${here}, not ${there}`;
  }
  return null;
}

describe.each(Object.entries(GOLDEN))('%s', (arm, walks) => {
  test.each(Object.entries(walks))('%s', async (_, { ids, best, hooks }) => {
    const model = await load(arm);
    const cache = await model.run([ids], [...Object.keys(hooks), 'logits']);
    for (const [hook, golden] of Object.entries(hooks)) {
      const [data] = await cache.ops.read([cache.get(hook)]);
      expect(data, hook).toHaveLength(golden.shape.reduce((x, y) => x * y));
      expect(fault(data, golden), `the first hook that differs is ${hook}`).toBeNull();
    }
    const [logits] = await cache.ops.read([cache.get('logits')]);
    const last = [...logits.slice(-model.config.dVocab)];
    const most = Math.max(...last);
    const logSum = most + Math.log(last.reduce((sum, x) => sum + Math.exp(x - most), 0));
    for (const [id, logProb] of best) expect((last[id] as number) - logSum).toBeCloseTo(logProb, 4);
    const top = last.map((x, id) => [x, id] as const).sort((a, b) => b[0] - a[0]);
    expect(top.slice(0, 3).map(([, id]) => id)).toEqual(best.slice(0, 3).map(([id]) => id));
    cache.dispose();
  });
});
