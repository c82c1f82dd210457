/** Row 10: last-layer neurons held at their mean at every position, entropy and loss of each, against the forward pass they come from. */

import {
  type NeuronAblationOptions,
  neuronAblation,
  neuronAblationHooks,
} from '../../src/analysis/neuronAblation.ts';
import { forgetLogitsOfNeurons } from '../../src/analysis/neuronDirections.ts';
import { uploadIds, withScratch } from '../../src/analysis/scratch.ts';
import type { NeuronAblationArm } from '../../src/analysis/types/index.ts';
import { blockHook } from '../../src/model/hooks.ts';
import type { OpsModel } from '../../src/model/opsModel.ts';
import { largestDifference, type Trial } from '../page/cases.ts';
import { forwardCases, type Subject, USUAL_SIZES } from '../page/forwardCases.ts';
import { LOGITS, runOnce } from '../page/ourForward.ts';

/** What is asked, and whether what each neuron writes to the logits is known from before. */
const QUESTIONS = [
  { row: 'entropy.k10.cached', neurons: 10, cached: true },
  { row: 'entropy.k10.uncached', neurons: 10, cached: false },
  { row: 'entropy.k50', neurons: 50, cached: false },
] as const;

/** Neuron and position of the ablations that are done again by unembedding the changed residual. */
const SAMPLES = [
  [0, 0],
  [3, 17],
  [6, 40],
  [9, 63],
] as const;
/** What they may differ by, in nats: entropies are smaller than logits, to which the suite's own gate belongs. */
const AGREEMENT = 1e-4;

export const entropyNeurons = QUESTIONS.flatMap((question) =>
  forwardCases(
    USUAL_SIZES,
    ({ T }) => ({ row: question.row, name: `${question.row} T${T}` }),
    'the forward pass',
    (subject) => trial(subject, question),
  ),
);

async function trial(
  { machine, model, tokens }: Subject,
  { neurons: count, cached }: (typeof QUESTIONS)[number],
): Promise<Trial> {
  // The logits are there from the forward pass, as wherever entropy is shown beside.
  const cache = await model.run([tokens], neuronAblationHooks(model.config, 'logits'));
  const options: NeuronAblationOptions = {
    neurons: [...Array(count).keys()],
    mean: 'prompt',
    meanFrom: 'prompt',
    cumulative: false,
    frequencies: null,
    position: -1,
    k: 5,
    piece: String,
  };
  const ablate = () => {
    if (!cached) forgetLogitsOfNeurons(model);
    return neuronAblation({ model, cache }, options);
  };
  return {
    difference: async () => {
      const result = await ablate();
      const found = SAMPLES.map(([neuron, position]) =>
        at(result.single.entropyTotal.data, neuron * tokens.length + position),
      );
      const difference = largestDifference(found, await again(model, tokens, result));
      if (difference <= AGREEMENT) return difference;
      throw new Error(`entropies differ by ${difference} from those of logits made again (${AGREEMENT})`);
    },
    ours: async () => {
      await ablate(); // what is shown is read back: that too is its price
    },
    peer: () => runOnce(machine, model, tokens, LOGITS),
    dispose: async () => {
      cache.dispose();
      model.park();
    },
  };
}

/** The entropies of the samples the naive way: r + Δ·w_out, normed, by the whole unembedding. */
async function again(
  model: OpsModel,
  tokens: readonly number[],
  { activations, means }: NeuronAblationArm,
): Promise<number[]> {
  const { nLayers, dModel: d, norm } = model.config;
  const hook = blockHook(nLayers - 1, 'hook_resid_post');
  const cache = await model.run([tokens], [hook]);
  const entropies = await withScratch(model, 'made again', async (ops) => {
    const block = model.params.blocks[nLayers - 1] as (typeof model.params.blocks)[number];
    const [residuals, writing] = await ops.read([
      ops.embed(
        cache.get(hook),
        uploadIds(
          ops,
          SAMPLES.map(([, position]) => position),
        ),
      ),
      ops.embed(
        block.W_out,
        uploadIds(
          ops,
          SAMPLES.map(([neuron]) => neuron),
        ),
      ),
    ]);
    SAMPLES.forEach(([neuron, position], sample) => {
      const delta = at(means, neuron) - at(activations.data, neuron * tokens.length + position);
      for (let i = sample * d; i < (sample + 1) * d; i++) residuals[i]! += delta * at(writing, i);
    });
    const changed = ops.upload({ dtype: 'f32', shape: [SAMPLES.length, d], data: residuals }, 'changed');
    const { normalized } = ops.norm(changed, model.params.lnFinal, norm);
    const logits = ops.linearT(normalized, model.params.W_U);
    const [entropy] = await ops.read([ops.entropy(logits, ops.logSumExp(logits))]);
    return entropy;
  });
  cache.dispose();
  return [...entropies];
}

function at(values: ArrayLike<number>, i: number): number {
  return values[i] as number;
}
