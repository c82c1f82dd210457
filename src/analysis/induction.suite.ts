/** A text read twice against edited runs of the very same text, the same on every backend. */

import { describe, expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { maxDifference, TINY_PROMPT } from '../../tools/tinyModel.ts';
import type { Edit } from '../model/edits.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import type { LabelledTensor } from '../tensor/tensor.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../weights/testing.ts';
import { type InductionOptions, induction } from './induction.ts';
import { tokenStats } from './tokenStats.ts';
import type { HeldPredictions, InductionArm } from './types/index.ts';
import { logitsSource } from './unembed.ts';

const MODELS: readonly [string, TinyCheckpointOptions][] = [
  ['with LN', { form: 'layer', tied: false }],
  ['LN-free, d_model no multiple of 4', { form: 'lnfree-2025', dModel: 18, nHeads: 3, dVocab: 31 }],
];
const NEURONS = [3, 40, 17];

export async function askTwice(
  model: Model,
  change: Partial<InductionOptions> = {},
  prompt: readonly number[] = TINY_PROMPT,
): Promise<InductionArm> {
  const cache = await model.run([prompt], []);
  try {
    return await induction(
      { model, cache },
      {
        length: 100,
        neurons: NEURONS,
        by: null,
        heads: 2,
        piece: String,
        onStep: async () => {},
        ...change,
      },
    );
  } finally {
    cache.dispose();
  }
}

/** Entropy, loss and one more hook of a run with edits. */
async function edited(model: Model, tokens: readonly number[], edits: readonly Edit[], hook?: string) {
  const cache = await model.run([tokens], hook ? [logitsSource(model), hook] : [logitsSource(model)], edits);
  const { entropy, loss } = await tokenStats({ model, cache });
  const [values] = hook ? await cache.ops.read([cache.get(hook)]) : [new Float32Array()];
  cache.dispose();
  return { entropy: entropy.data, loss: loss.data, values: values as Float32Array };
}

const row = ({ data, shape }: LabelledTensor, i: number) => {
  const width = shape.at(-1) as number;
  return data.subarray(i * width, (i + 1) * width);
};

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

export function inductionSuite(openBackend: () => Promise<Backend>): void {
  describe.each(MODELS)('%s', (_, checkpoint) => {
    const open = async () => loadModel(await openBackend(), memoryFiles(makeTinyCheckpoint(checkpoint)));

    test('clipping and holding neurons equals runs in which they are set, position by position', async () => {
      const model = await open();
      const result = await askTwice(model);
      const { text, rises, means, activations } = result;
      const { tokens, second } = text;
      const last = model.config.nLayers - 1;
      const post = `blocks.${last}.mlp.hook_post`;
      const base = await edited(model, tokens, [], post);
      expect(maxDifference(result.entropy.data, base.entropy)).toBeLessThan(1e-4);
      expect(maxDifference(result.loss.data, base.loss)).toBeLessThan(1e-4);

      const { dMlp } = model.config;
      const own = NEURONS.map((neuron) =>
        tokens.map((_token, p) => base.values[p * dMlp + neuron] as number),
      );
      const set = (i: number, value: (x: number, p: number) => number): Edit[] =>
        tokens.map((_token, position) => ({
          kind: 'set',
          site: post,
          position,
          neuron: NEURONS[i] as number,
          value: value(own[i]?.[position] as number, position),
        }));
      const clipped = own.map((x, i) => {
        const first = mean(x.slice(1, second));
        expect(means.first[i]).toBeCloseTo(first, 5);
        expect(means.second[i]).toBeCloseTo(mean(x.slice(second)), 5);
        expect(rises[i]).toBe(mean(x.slice(second)) > first);
        expect(maxDifference(row(activations, i), x)).toBeLessThan(1e-5);
        const inside = rises[i] ? Math.min : Math.max;
        return set(i, (value, p) => (p < second ? value : inside(value, first)));
      });
      const held = own.map((x, i) => set(i, () => mean(x.slice(1, second))));

      for (const [kind, edits] of [
        ['clip', clipped],
        ['mean', held],
      ] as const) {
        const { single, together } = result[kind];
        const check = (
          found: HeldPredictions<unknown>,
          i: number,
          run: { entropy: Float32Array; loss: Float32Array },
        ) => {
          expect(maxDifference(row(found.entropy, i), run.entropy), kind).toBeLessThan(1e-4);
          expect(maxDifference(row(found.loss, i), run.loss), kind).toBeLessThan(1e-4);
          const relative = run.entropy.map((x, p) => x / (base.entropy[p] as number) - 1);
          expect(maxDifference(row(found.relative, i), relative), kind).toBeLessThan(1e-4);
        };
        for (const i of NEURONS.keys()) {
          const run = await edited(model, tokens, edits[i] as Edit[]);
          check(single, i, run);
          const effect = single.effect[i];
          const again = (values: Float32Array) => mean(values.subarray(second));
          expect(effect?.entropy).toBeCloseTo(again(run.entropy) - again(base.entropy), 4);
          expect(effect?.loss).toBeCloseTo(again(run.loss) - again(base.loss), 4);
          const relative = row(single.relative, i).subarray(second);
          expect(effect?.relative).toBeCloseTo(mean(relative), 6);
          const most = Math.max(...relative.map(Math.abs));
          expect(Math.abs(effect?.most?.relative ?? 0)).toBeCloseTo(most, 6);
          expect(effect?.most?.relative).toBeCloseTo(
            relative[(effect?.most?.position ?? 0) - second] as number,
            6,
          );
        }
        check(together, 0, await edited(model, tokens, edits.flat()));
      }
      // The test sees something: neurons move, and clipping leaves the first reading alone.
      expect(Math.abs(result.mean.together.effect.entropy)).toBeGreaterThan(1e-3);
      expect(maxDifference(own[0]?.slice(1, second) ?? [], own[0]?.slice(second) ?? [])).toBeGreaterThan(
        1e-3,
      );
      const first = row(result.clip.together.entropy, 0).subarray(0, second);
      expect(maxDifference(first, base.entropy.subarray(0, second))).toBeLessThan(1e-6);
      expect(result.convention.finalScale).toBe(model.config.norm.kind === 'layer' ? 'recomputed' : 'none');
      model.park();
    });

    test('heads are scored by their patterns and cut off one after the other', async () => {
      const model = await open();
      const { text, heads, activations } = await askTwice(model);
      const { tokens, second, period } = text;
      const T = tokens.length;
      const { nHeads, nLayers, dMlp } = model.config;
      for (let layer = 0; layer < nLayers; layer++) {
        const { values } = await edited(model, tokens, [], `blocks.${layer}.attn.hook_pattern`);
        for (let head = 0; head < nHeads; head++) {
          const paid = Array.from({ length: T - second }, (_query, i) => {
            const query = second + i;
            return values[(head * T + query) * T + query - period + 1] as number;
          });
          expect(heads.scores.data[layer * nHeads + head]).toBeCloseTo(mean(paid), 5);
        }
      }
      const sorted = [...heads.scores.data].sort((a, b) => b - a);
      expect(heads.induction.map(({ score }) => score)).toEqual(sorted.slice(0, 2));
      heads.control.forEach(({ layer, score }, i) => {
        expect(layer).toBe(heads.induction[i]?.layer);
        expect(score).toBeLessThanOrEqual(heads.induction[i]?.score as number);
      });

      const post = `blocks.${nLayers - 1}.mlp.hook_post`;
      const { induction: both } = heads.cut;
      expect(both.map((step) => step.heads.length)).toEqual([1, 2]);
      for (const step of both) {
        const edits = step.heads.map(
          ([layer, head]): Edit => ({
            kind: 'set',
            site: `L${layer}.pattern`,
            head,
            value: tokens.map((_token, key) => (key === 0 ? 1 : 0)),
          }),
        );
        const run = await edited(model, tokens, edits, post);
        expect(maxDifference(step.entropy.data, run.entropy)).toBeLessThan(1e-4);
        expect(maxDifference(step.loss.data, run.loss)).toBeLessThan(1e-4);
        NEURONS.forEach((neuron, i) => {
          const own = tokens.map((_token, p) => run.values[p * dMlp + neuron] as number);
          expect(maxDifference(row(step.activations, i), own)).toBeLessThan(1e-4);
        });
      }
      expect(maxDifference(both[0]?.activations.data ?? [], activations.data)).toBeGreaterThan(1e-4);
      model.park();
    });
  });
}
