/** How exact attribution is: what the panel asks, and what its button asks. */

import { askByHand, cancelByHand, handAsks, handError, handStands } from '../byHand.ts';
import { targetIds } from '../selectors.ts';
import { refresh } from '../session.ts';
import { setState } from '../store.ts';
import type { Ask, WorkbenchState } from '../types.ts';
import type { ExactnessSettings } from './exactness.ts';

export function setExactness(change: Partial<ExactnessSettings>): Promise<void> {
  setState(({ closer }) => ({ closer: { ...closer, exactness: { ...closer.exactness, ...change } } }));
  return refresh();
}

function askOfAll(state: WorkbenchState): Ask {
  const { targets } = state.closer.exactness;
  return { slot: 'direct-effect:all', analysis: 'direct-effect', parameters: { positions: 'all', targets } };
}

export function exactnessAsks(state: WorkbenchState): Ask[] {
  const all = handAsks(state, askOfAll(state));
  const question = targetIds(state);
  if (!question) return all;
  const parameters = { position: state.position ?? -1, ...question };
  const heads: Ask = { slot: 'direct-effect', analysis: 'direct-effect', parameters };
  if (state.closer.exactness.unit === 'head') return [heads, ...all];
  const neurons: Ask = {
    slot: 'direct-effect:neuron',
    analysis: 'direct-effect',
    parameters: { ...parameters, unit: 'neuron' },
  };
  return [heads, neurons, ...all];
}

/** Why all positions could not be computed; null where there is nothing to explain. */
export const allPositionsError = (state: WorkbenchState): string | null => handError(state, askOfAll(state));

/** Whether the result on screen is of this prompt and rule, and of every arm that is asked now. */
export const allPositionsStand = (state: WorkbenchState): boolean => handStands(state, askOfAll(state));

export const startAllPositions = (state: WorkbenchState): Promise<void> => askByHand(askOfAll(state));

export const cancelAllPositions = (): Promise<void> => cancelByHand('direct-effect:all');
