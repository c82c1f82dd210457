/** What the lesson on confidence reads: the ranking, an ablation's entropies, and what the amount on the slider does. */

import type { NullDirectionArm } from '../analysis/types/index.ts';
import { active } from '../state/edits/list.ts';
import { nullSpaceOf } from '../state/nullSpace.ts';
import { armTitle } from '../state/selectors.ts';
import type { WorkbenchState } from '../state/types.ts';
import { answerOf, WITH, WITHOUT } from './read.ts';

export const neurons = (state: WorkbenchState, arm = WITH) =>
  answerOf(state, 'confidence-neurons')?.arms[arm] ?? null;

/** Whether the unembedding of the model with LayerNorm leaves room for such a neuron, as measured. */
export function whatIsUnread(state: WorkbenchState): string {
  const own = neurons(state);
  if (!own) return '';
  const { effective, dimension } = nullSpaceOf(own);
  return effective
    ? `${armTitle(WITH)} leaves room for one: its unembedding hardly reads ${dimension} of ${own.singularValues.length} directions.`
    : `${armTitle(WITH)} leaves no room for one worth the name: its unembedding reads every direction.`;
}

/** What adding the amount on the slider does to an arm. */
export interface Added {
  amount: number;
  scale: number;
  scaleAfter: number;
  change: number;
  byTemperature: number;
  ratio: number;
}

export function added(state: WorkbenchState, arm: string): Added | null {
  const { amount } = state.closer.neuronAblation;
  const direction: NullDirectionArm | undefined = answerOf(state, 'null-direction')?.arms[arm];
  const step = direction?.amounts.indexOf(amount) ?? -1;
  if (!direction || step < 0) return null;
  const at = (values: { data: Float32Array }) => values.data[step] as number;
  return {
    amount,
    scale: direction.sigma,
    scaleAfter: at(direction.sigmaAfter),
    change: at(direction.entropy) - direction.entropyBefore,
    byTemperature: at(direction.entropyTemperature) - direction.entropyBefore,
    ratio: at(direction.ratio),
  };
}

export const entropy = (state: WorkbenchState, slot: 'predictions' | 'edited:predictions', arm: string) =>
  answerOf(state, slot)?.arms[arm]?.entropy ?? Number.NaN;

/** Whether the first of the ranking is taken out. */
export function firstIsOut(state: WorkbenchState): boolean {
  const ranking = neurons(state);
  if (!ranking || !answerOf(state, 'edited:predictions')) return false;
  return active(state.edits).some(
    (edit) =>
      (edit.kind === 'zero' || edit.kind === 'mean') &&
      edit.site === `blocks.${ranking.layer}.mlp.hook_post` &&
      edit.neuron === ranking.neurons[0],
  );
}

export const bothAdded = (state: WorkbenchState) => {
  const [original, lnfree] = [added(state, WITH), added(state, WITHOUT)];
  return original && lnfree && original.amount >= 1 ? { original, lnfree } : null;
};
