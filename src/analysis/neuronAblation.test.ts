import { describe, expect, test } from 'vitest';
import { floatsOf, maxDifference, TINY_PROMPT, type Tiny, tiny, withParams } from '../../tools/tinyModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { askAblation, counts, neuronAblationSuite } from './neuronAblation.suite.ts';
import type { NeuronAblationOptions } from './neuronAblation.ts';

neuronAblationSuite(async () => createCpuBackend());

const NEURON = 5;

/** The same model with an unembedding that reads nothing of what one last-layer neuron writes. */
async function withNullNeuron(form: 'layer' | 'lnfree-2025'): Promise<Tiny> {
  const which = await tiny({ form, tied: false });
  const { dModel: d, nLayers } = which.config;
  const block = which.host.blocks[nLayers - 1] as (typeof which.host.blocks)[number];
  const w = floatsOf(block.W_out).slice(NEURON * d, (NEURON + 1) * d);
  const mean = w.reduce((sum, x) => sum + x, 0) / d;
  const gain = floatsOf(which.host.lnFinal.w);
  const read = Float64Array.from(w, (x, i) => (x - mean) * (gain[i] as number)); // gain ⊙ C·w_out
  const length = read.reduce((sum, x) => sum + x * x, 0);
  return withParams(which, (name, values) => {
    // Large enough to be seen in σ, and of no other effect.
    if (name === `blocks.${nLayers - 1}.mlp.W_out`)
      return values.map((x, at) => (Math.floor(at / d) === NEURON ? 20 * x : x));
    if (name !== 'W_U') return undefined;
    return values.map((x, at) => {
      const row = values.subarray(at - (at % d), at - (at % d) + d);
      const along = read.reduce((sum, r, i) => sum + r * (row[i] as number), 0);
      return x - (along / length) * (read[at % d] as number);
    });
  });
}

describe('claims 9 and 10: what a neuron in the null space of the unembedding can do', () => {
  test('with LN it is a temperature σ/σ′: the entropy moves, the most likely token and the frozen values stay', async () => {
    const { model } = await withNullNeuron('layer');
    const result = await askAblation(model, TINY_PROMPT, { neurons: [NEURON] });
    expect(maxDifference(result.entropyDirect.data, result.entropy.data)).toBeLessThan(1e-5);
    expect(maxDifference(result.lossDirect.data, result.loss.data)).toBeLessThan(1e-5);
    expect(maxDifference(result.entropyTotal.data, result.entropy.data)).toBeGreaterThan(0.01);
    expect(result.lnShare.entropy).toBeGreaterThan(0.999);

    // The entropy at that temperature, from the model's own logits.
    const { dVocab } = model.config;
    const cache = await model.run([TINY_PROMPT], ['logits']);
    const ops = cache.ops;
    const [logits, bias] = await ops.read([
      cache.get('logits'),
      ops.linearT(model.params.lnFinal.b, model.params.W_U),
    ]);
    for (const p of TINY_PROMPT.keys()) {
      const temperature = (result.sigma.data[p] as number) / (result.sigmaAblated.data[p] as number);
      const row = logits.subarray(p * dVocab, (p + 1) * dVocab);
      const scaled = row.map((x, v) => (bias[v] as number) + temperature * (x - (bias[v] as number)));
      const lse = Math.log(scaled.reduce((sum, x) => sum + Math.exp(x), 0));
      const entropy = scaled.reduce((sum, x) => sum + Math.exp(x - lse) * (lse - x), 0);
      expect(Math.abs((result.entropyTotal.data[p] as number) - entropy)).toBeLessThan(1e-5);
      const withoutBias = (from: Float32Array) => from.map((x, v) => x - (bias[v] as number));
      expect(argmax(withoutBias(scaled))).toBe(argmax(withoutBias(row)));
    }
  });

  test('without LN it can do nothing', async () => {
    const { model } = await withNullNeuron('lnfree-2025');
    const result = await askAblation(model, TINY_PROMPT, { neurons: [NEURON] });
    expect(
      maxDifference(
        result.activations.data,
        result.activations.data.map(() => result.means[0] ?? 0),
      ),
    ).toBeGreaterThan(0.05);
    for (const [after, before] of [
      [result.entropyTotal, result.entropy],
      [result.lossTotal, result.loss],
    ] as const)
      expect(maxDifference(after.data, before.data)).toBeLessThan(1e-5);
    for (const { change } of result.topChanges.neurons[0] ?? []) expect(Math.abs(change)).toBeLessThan(1e-5);
  });

  test('without LN any ablation moves the logits along one direction, whatever the context (claim 9)', async () => {
    const { model } = await tiny({ form: 'lnfree-2025' });
    const neuron = 7;
    const at = async (prompt: readonly number[]) => {
      const { dVocab } = model.config;
      const result = await askAblation(model, prompt, { neurons: [neuron], mean: [0.3], k: dVocab });
      const delta = 0.3 - (result.activations.data.at(-1) as number);
      const perToken = new Map(result.topChanges.neurons[0]?.map(({ id, change }) => [id, change / delta]));
      return Float64Array.from({ length: dVocab }, (_, v) => perToken.get(v) as number);
    };
    expect(maxDifference(await at(TINY_PROMPT), await at([1, 2, 3]))).toBeLessThan(1e-4);
  });
});

const bad: [string, Partial<NeuronAblationOptions>, RegExp][] = [
  ['no neuron', { neurons: [] }, /1 to 64 neurons.*0 to 47/],
  ['a neuron that the layer does not have', { neurons: [48] }, /0 to 47/],
  ['a neuron twice', { neurons: [1, 1] }, /none twice/],
  ['too few means', { neurons: [1, 2], mean: [0.5] }, /mean has 1 values.*2 neurons/],
  ['half a vocabulary of counts', { frequencies: [1, 2, 3] }, /29 counts.*There are 3/],
  ['counts of nothing', { frequencies: Array(29).fill(0) }, /not all 0/],
  ['a position beyond the prompt', { position: 8 }, /Position 8/],
  ['k of 0', { k: 0 }, /k is 0/],
];

test.each(bad)('%s: an InputError that says what is allowed', async (_, change, message) => {
  const { model } = await tiny({ form: 'layer' });
  await expect(askAblation(model, TINY_PROMPT, change)).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringMatching(message),
  });
});

test('a neuron that adds the log-counts to the logits has a token-frequency score of 1', async () => {
  // W_U = [log-counts | noise], so that writing along one coordinate is writing the log-counts; no gain, no bias.
  const which = await tiny({ form: 'lnfree-2025', tied: false });
  const { dModel: d, dVocab, nLayers } = which.config;
  const logs = counts(dVocab).map((count) => Math.log(count + 1));
  const mean = logs.reduce((sum, x) => sum + x, 0) / dVocab;
  const { model } = withParams(which, (name, values) => {
    if (name === 'ln_final.w' || name === 'lnFinal.w') return values.map(() => 1);
    // +f on one coordinate and −f on the next: a direction that centring leaves alone.
    if (name === 'W_U')
      return values.map((x, at) => {
        const f = (logs[Math.floor(at / d)] as number) - mean;
        return [f, -f][at % d] ?? x;
      });
    if (name === `blocks.${nLayers - 1}.mlp.W_out`)
      return values.map((x, at) => (Math.floor(at / d) === NEURON ? ([1, -1][at % d] ?? 0) : x));
    return undefined;
  });
  const { tokenFrequency } = await askAblation(model, TINY_PROMPT, { frequencies: counts(dVocab) });
  expect(tokenFrequency?.data[NEURON]).toBeCloseTo(1, 5);
  expect(tokenFrequency?.data[NEURON + 1]).toBeLessThan(0.999);
});

test('a prompt of one token has no loss, and values at position 0', async () => {
  const { model } = await tiny({ form: 'layer' });
  const result = await askAblation(model, [3], { mean: [1] });
  expect([result.loss.shape, result.lossTotal.shape, result.entropyTotal.shape]).toEqual([[0], [0], [1]]);
  expect(result.convention.shareFrom).toBe(0);
});

function argmax(values: Float32Array): number {
  return values.reduce((best, x, i) => (x > (values[best] as number) ? i : best), 0);
}
