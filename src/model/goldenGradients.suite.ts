/** The backward pass against float64 autograd: every hook of every golden run, the first bad one named. */

import { describe, expect, test } from 'vitest';
import {
  GOLDEN_ARMS,
  type Golden,
  loadGoldenModel,
  type ModelHome,
  ofPrompt,
  readGolden,
} from '../../tools/golden.ts';
import { hasShared, readShared, readSharedJson } from '../../tools/readShared.ts';
import { gradientsOf } from './backward.ts';
import { allHooks } from './hooks.ts';
import { logitDifference } from './metric.ts';
import type { Model } from './model.ts';

/** Of a hook's largest gradient (issue 7). */
const TOLERANCE = 1e-3;

interface Pair {
  clean: string;
  corrupted: string;
  target: number[];
  contrast: number[];
  corruptedMetric: number;
}

export function goldenGradientsSuite(open: () => Promise<ModelHome>): void {
  describe.skipIf(!hasShared)('gradients of the golden models, every hook of shared/golden', () => {
    test.each(GOLDEN_ARMS)('%s', async (arm) => {
      const model = await loadGoldenModel(await open(), arm);
      const golden = await readGolden(await readShared(`golden/${arm}.gradients.safetensors`));
      const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
      const pairs = (await readSharedJson<Record<string, Pair[]>>('golden/patching.json'))[arm] ?? [];
      let hooks = 0;
      let worst = { hook: '', difference: 0 };
      for (const pair of pairs) {
        const walk = await walkGradients(
          model,
          prompts[pair.corrupted] as number[],
          pair,
          ofPrompt(golden, `${pair.clean}|${pair.corrupted}`),
        );
        expect(walk.first, `${arm}, ${pair.clean}|${pair.corrupted}`).toBeNull();
        expect(Math.abs(walk.metric - pair.corruptedMetric)).toBeLessThan(TOLERANCE);
        hooks += walk.hooks;
        if (walk.worst.difference > worst.difference) worst = walk.worst;
      }
      expect(hooks).toBe(golden.size);
      console.log(
        `${arm}: ${hooks} gradients, largest difference ${worst.difference.toExponential(1)} of the hook's largest (${worst.hook})`,
      );
      model.park();
    });
  });
}

/** Compares in the order of the backward pass, so that `first` is where to look for the fault. */
async function walkGradients(model: Model, tokens: readonly number[], pair: Pair, golden: Golden) {
  const hooks = allHooks(model.config, tokens.length)
    .map(({ name }) => name)
    .filter((name) => golden.has(name))
    .reverse();
  if (hooks.length !== golden.size)
    throw new Error(`${golden.size - hooks.length} golden gradients are at no hooks of this model`);
  const metric = logitDifference(tokens.length - 1, pair.target, pair.contrast);
  const gradients = await gradientsOf(model, [tokens], metric, hooks);
  try {
    const [value, ...values] = await gradients.ops.read([
      gradients.value,
      ...hooks.map((hook) => gradients.get(hook)),
    ]);
    const walked = hooks.map((hook, i) => {
      const { shape, data } = golden.get(hook) as { shape: readonly number[]; data: Float32Array };
      const expected = hook.endsWith('pattern') ? causal(shape, data) : data;
      return { hook, difference: relativeToLargest(expected, values[i] as Float32Array) };
    });
    return {
      metric: value?.[0] as number,
      hooks: walked.length,
      worst: walked.reduce((a, b) => (b.difference > a.difference ? b : a)),
      first: walked.find(({ difference }) => !(difference <= TOLERANCE)) ?? null,
    };
  } finally {
    gradients.dispose();
  }
}

/** Autograd has gradients at the masked entries of a pattern too; a causal model's cannot be anything but 0. */
function causal([, pos]: readonly number[], pattern: Float32Array): Float32Array {
  const n = pos as number;
  return pattern.map((value, i) => (i % n > Math.floor(i / n) % n ? 0 : value));
}

/** max |actual − expected| ÷ max |expected|; NaN and another length differ by Infinity. */
function relativeToLargest(expected: Float32Array, actual: Float32Array): number {
  if (expected.length !== actual.length) return Number.POSITIVE_INFINITY;
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = expected.reduce(
    (most, value, i) => Math.max(most, Math.abs((actual[i] as number) - value)),
    0,
  );
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference / largest;
}
