/** The close look at confidence neurons: what it asks. */

import { currentPair, pairArms } from '../selectors.ts';
import { refresh } from '../session.ts';
import { setState } from '../store.ts';
import type { Ask, WorkbenchState } from '../types.ts';
import type { NeuronAblationSettings } from './neuronAblation.ts';
import { twiceAsks } from './neuronAblationTwice.ts';

export function setNeuronAblation(change: Partial<NeuronAblationSettings>): Promise<void> {
  setState(({ closer }) => ({
    closer: { ...closer, neuronAblation: { ...closer.neuronAblation, ...change } },
  }));
  return refresh();
}

/** Amounts of the least-read direction that are measured, in lengths of the final residual: the slider moves over them. */
export const AMOUNTS: readonly number[] = Array.from({ length: 25 }, (_, i) => i / 8);

/** The first `count` of the ranking on show; none while that is another pair's. */
export function neuronsAblated(state: WorkbenchState): number[] {
  const { result } = state.slots['confidence-neurons'];
  if (!result || result.pair !== state.pair) return [];
  const [arm] = Object.values(result.arms);
  return arm?.neurons.slice(0, state.closer.neuronAblation.count) ?? [];
}

export function neuronAblationAsks(state: WorkbenchState): Ask[] {
  const { counts } = state.closer.neuronAblation;
  const position = state.position ?? -1;
  const direction: Ask = {
    slot: 'null-direction',
    analysis: 'null-direction',
    parameters: { amounts: [...AMOUNTS], position },
  };
  const neurons = neuronsAblated(state);
  const twice = twiceAsks(state);
  if (neurons.length === 0) return [direction, ...twice];
  const ablation: Ask = {
    slot: 'neuron-ablation',
    analysis: 'neuron-ablation',
    parameters: {
      neurons,
      mean: 'prompt',
      cumulative: true,
      position,
      ...(counts && { frequencies: counts.values }),
    },
  };
  return [ablation, ...weightsOf(state), direction, ...twice];
}

/** Every neuron of the layer, ranked: what the scatter is made of. */
function weightsOf(state: WorkbenchState): Ask[] {
  const arms = currentPair(state)?.arms ?? [];
  const sizes = pairArms(state).flatMap((id) => arms.find((arm) => arm.id === id)?.config?.dMlp ?? []);
  if (sizes.length === 0) return [];
  return [
    {
      slot: 'neuron-weights',
      analysis: 'confidence-neurons',
      parameters: { k: Math.min(...sizes), ...(state.neuronsBy !== null && { by: state.neuronsBy }) },
    },
  ];
}
