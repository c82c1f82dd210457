/** `neuron-ablation`: last-layer neurons held at a mean, and what becomes of entropy and loss. */

import { neuronAblation, neuronAblationHooks } from '../../analysis/neuronAblation.ts';
import type { NeuronAblationParameters } from '../../analysis/types/index.ts';
import { InputError } from '../../base/errors.ts';
import type { ArmId } from '../api.ts';
import { refuseReplacedWrites } from '../edits.ts';
import { type AnalysisSpec, oneOf } from './spec.ts';

export const neuronAblationSpec: AnalysisSpec<'neuron-ablation'> = {
  normsItself: true,
  hooks: ({ config, logits }) => neuronAblationHooks(config, logits),
  arm: ({ arm, run, parameters, context }) => {
    const { neurons, mean = 'prompt', cumulative = false, frequencies, position = -1, k = 5 } = parameters;
    refuseReplacedWrites('neuron-ablation', run.cache.edits, run.model.config);
    if (!Array.isArray(neurons)) {
      throw new InputError(
        'neuron-ablation needs neurons: a list of last-layer neurons, e.g. those that confidence-neurons ranks first.',
        { neurons: neurons ?? null },
      );
    }
    return neuronAblation(run, {
      neurons,
      ...meanOf(arm, mean, parameters),
      cumulative,
      frequencies: frequencies === undefined ? null : checkList('frequencies', frequencies),
      position,
      k,
      piece: context.piece,
    });
  },
};

/** A value for each neuron, or 'prompt', which the analysis works out itself. */
function meanOf(
  arm: ArmId,
  mean: NonNullable<NeuronAblationParameters['mean']>,
  { neurons, corpusMeans }: NeuronAblationParameters,
): { mean: 'prompt' | number[]; meanFrom: 'prompt' | 'corpus' | 'given' } {
  if (Array.isArray(mean)) return { mean, meanFrom: 'given' };
  if (oneOf('mean', mean, ['prompt', 'corpus'] as const) === 'prompt')
    return { mean: 'prompt', meanFrom: 'prompt' };
  const means = corpusMeans?.[arm];
  if (!means) {
    throw new InputError(
      `mean 'corpus' needs corpusMeans.${arm}: the mean activation of every last-layer neuron of ${arm} over a text, as a list of d_mlp values. The analysis 'corpus' measures it; without one use mean 'prompt' or give a value for each neuron.`,
      { arm, corpusMeans: Object.keys(corpusMeans ?? {}) },
    );
  }
  const missing = neurons.find((neuron) => !Number.isFinite(means[neuron]));
  if (missing !== undefined) {
    throw new InputError(
      `corpusMeans.${arm} has ${means.length} values and none for neuron ${missing}: it must hold one for every last-layer neuron.`,
      { arm, neuron: missing, given: means.length },
    );
  }
  return { mean: neurons.map((neuron) => means[neuron] as number), meanFrom: 'corpus' };
}

function checkList(name: string, values: number[]): number[] {
  if (Array.isArray(values)) return values;
  throw new InputError(`${name} must be a list of numbers, one for each token of the vocabulary.`, {
    [name]: values,
  });
}
