/** Mean ablation against shared/golden and against models whose MLP really writes the mean, the same on every backend. */

import { describe, expect, test } from 'vitest';
import { GOLDEN_ARMS, type GoldenArm, loadGoldenModel, loadModel } from '../../tools/golden.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import { maxDifference, TINY_PROMPT } from '../../tools/tinyModel.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../weights/testing.ts';
import { type NeuronAblationOptions, neuronAblation, neuronAblationHooks } from './neuronAblation.ts';
import { withScratch } from './scratch.ts';
import type { AblatedStats, NeuronAblationArm } from './types/index.ts';

const MODELS: readonly [string, TinyCheckpointOptions][] = [
  ['with LN', { form: 'layer', tied: false }],
  ['LN-free, d_model no multiple of 4', { form: 'lnfree-2025', dModel: 18, nHeads: 3, dVocab: 31 }],
];

interface GoldenAblation {
  prompt: string;
  neurons: number[];
  mean: number[];
  entropy: number[];
  entropyTotal: number[];
  entropyDirect: number[];
  loss: number[];
  lossTotal: number[];
  lossDirect: number[];
}

const SERIES = ['entropy', 'entropyTotal', 'entropyDirect', 'loss', 'lossTotal', 'lossDirect'] as const;
const ABLATED = ['entropyTotal', 'entropyDirect', 'lossTotal', 'lossDirect', 'sigmaAblated'] as const;

export async function askAblation(
  model: Model,
  prompt: readonly number[],
  change: Partial<NeuronAblationOptions>,
): Promise<NeuronAblationArm> {
  const options: NeuronAblationOptions = {
    neurons: [0],
    mean: 'prompt',
    meanFrom: 'prompt',
    cumulative: false,
    frequencies: null,
    position: -1,
    k: 5,
    piece: String,
    ...change,
  };
  const cache = await model.run([prompt], neuronAblationHooks(model.config));
  try {
    return await neuronAblation({ model, cache }, options);
  } finally {
    cache.dispose();
  }
}

/** Logits with neurons held at values, by adding Δ·w_out to the final residual and running what comes after again. */
async function rerun(
  model: Model,
  prompt: readonly number[],
  neurons: readonly number[],
  means: readonly number[],
): Promise<{ logits: Float32Array; entropy: Float32Array; sigma: Float32Array }> {
  const last = model.config.nLayers - 1;
  const hooks = [`blocks.${last}.hook_resid_mid`, `blocks.${last}.mlp.hook_post`];
  const cache = await model.run([prompt], hooks);
  const block = model.params.blocks[last] as (typeof model.params.blocks)[number];
  const read = await withScratch(model, 'rerun', async (ops) => {
    const [post] = await ops.read([cache.get(hooks[1] as string)]);
    neurons.forEach((neuron, i) => {
      for (const p of prompt.keys()) post[p * model.config.dMlp + neuron] = means[i] as number;
    });
    const held = ops.upload(
      { dtype: 'f32', shape: [1, prompt.length, model.config.dMlp], data: post },
      'held',
    );
    const { sum } = ops.linearAdd(cache.get(hooks[0] as string), held, block.W_out, block.b_out);
    const { normalized, scale } = ops.norm(sum, model.params.lnFinal, model.config.norm);
    const logits = ops.linearT(normalized, model.params.W_U);
    return ops.read([logits, ops.entropy(logits, ops.logSumExp(logits)), scale]);
  });
  cache.dispose();
  const [logits, entropy, sigma] = read;
  return { logits, entropy, sigma };
}

/** A count for every token, none like its neighbour. */
export const counts = (dVocab: number): number[] => Array.from({ length: dVocab }, (_, v) => (v * 37) % 101);

export function neuronAblationSuite(openBackend: () => Promise<Backend>): void {
  describe.each(MODELS)('%s', (_, options) => {
    test('equals what comes after the ablated MLP run again, one by one and together', async () => {
      const model = await loadModel(await openBackend(), memoryFiles(makeTinyCheckpoint(options)));
      const neurons = [3, 40, 17];
      const { dVocab, norm } = model.config;
      const result = await askAblation(model, TINY_PROMPT, {
        neurons,
        cumulative: true,
        frequencies: counts(dVocab),
      });
      const T = TINY_PROMPT.length;
      const row = (table: 'single' | 'cumulative', i: number, what: (typeof ABLATED)[number]) => {
        const { shape, data } = (result[table] as AblatedStats)[what];
        const width = shape[1] as number;
        return data.slice(i * width, (i + 1) * width);
      };

      const untouched = await rerun(model, TINY_PROMPT, [], []);
      expect(maxDifference(result.entropy.data, untouched.entropy)).toBeLessThan(1e-5);
      for (const i of neurons.keys()) {
        const alone = await rerun(model, TINY_PROMPT, neurons.slice(i, i + 1), result.means.slice(i, i + 1));
        expect(maxDifference(row('single', i, 'entropyTotal'), alone.entropy)).toBeLessThan(1e-5);
        const upTo = await rerun(model, TINY_PROMPT, neurons.slice(0, i + 1), result.means);
        expect(maxDifference(row('cumulative', i, 'entropyTotal'), upTo.entropy)).toBeLessThan(1e-5);
        if (norm.kind === 'layer')
          expect(maxDifference(row('cumulative', i, 'sigmaAblated'), upTo.sigma)).toBeLessThan(1e-5);

        // The largest centred changes at the last position, and the probabilities before and after.
        const [before, after] = [untouched.logits.slice(-dVocab), alone.logits.slice(-dVocab)];
        const change = after.map((x, v) => x - (before[v] as number));
        const mean = change.reduce((sum, x) => sum + x, 0) / dVocab;
        const order = [...change.keys()].sort(
          (a, b) => Math.abs((change[b] as number) - mean) - Math.abs((change[a] as number) - mean),
        );
        const top = result.topChanges.neurons[i] ?? [];
        expect(top.map(({ id }) => id)).toEqual(order.slice(0, 5));
        for (const { id, change: found, probAfter } of top) {
          expect(Math.abs(found - ((change[id] as number) - mean))).toBeLessThan(1e-5);
          expect(Math.abs(probAfter - softmax(after, id))).toBeLessThan(1e-5);
        }

        const kl = result.klUnigram?.total.data[i * T + T - 1] as number;
        expect(Math.abs(kl - divergenceFromCounts(after))).toBeLessThan(1e-4);
      }
      for (const what of ABLATED) {
        expect(maxDifference(result[what].data, row('cumulative', 2, what))).toBeLessThan(1e-6);
      }
      if (norm.kind === 'linear') {
        expect(maxDifference(result.entropyTotal.data, result.entropyDirect.data)).toBe(0);
        expect(result.lnShare.entropy).toBe(0);
        expect(result.convention.finalScale).toBe('none');
      } else {
        expect(maxDifference(result.entropyTotal.data, result.entropyDirect.data)).toBeGreaterThan(1e-5);
      }
      expect(result.tokenFrequency?.shape).toEqual([model.config.dMlp]);
      model.park();
    });
  });

  describe.skipIf(!hasShared).each(GOLDEN_ARMS)('%s', (arm: GoldenArm) => {
    test('neuron ablation equals shared/golden to 1e-3', async () => {
      const model = await loadGoldenModel(await openBackend(), arm);
      const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
      const cases =
        (await readSharedJson<Record<string, GoldenAblation[]>>('golden/neuron-ablation.json'))[arm] ?? [];
      expect(cases.length).toBeGreaterThan(5);
      let largest = 0;
      for (const golden of cases) {
        const result = await askAblation(model, prompts[golden.prompt] ?? [], { neurons: golden.neurons });
        expect(maxDifference(result.means, golden.mean)).toBeLessThan(1e-4);
        for (const what of SERIES) {
          expect(result[what].data.length, what).toBe(golden[what].length);
          const worst = maxDifference(result[what].data, golden[what]);
          expect(worst, `${golden.prompt} ${golden.neurons} ${what}`).toBeLessThan(1e-3);
          largest = Math.max(largest, worst);
        }
      }
      console.log(`${arm}: ${cases.length} ablations, largest difference ${largest.toExponential(1)}`);
      model.park();
    });
  });
}

function softmax(logits: Float32Array, id: number): number {
  return 1 / logits.reduce((sum, x) => sum + Math.exp(x - (logits[id] as number)), 0);
}

/** KL(smoothed counts ‖ softmax(logits)). */
function divergenceFromCounts(logits: Float32Array): number {
  const smoothed = counts(logits.length).map((count) => count + 1);
  const total = smoothed.reduce((sum, count) => sum + count, 0);
  return smoothed.reduce((sum, count, v) => {
    const q = count / total;
    return sum + q * (Math.log(q) - Math.log(softmax(logits, v)));
  }, 0);
}
