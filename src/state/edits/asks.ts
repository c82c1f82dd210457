/** What is asked while edits are on: each main panel's request again of the edited models, and what holds the two against each other. */

import { freshness } from '../selectors.ts';
import type { Ask, ResultOf, WorkbenchState } from '../types.ts';
import { editsOn } from './viewed.ts';

/** The panels' requests as they are, and while edits are on more beside them. */
export function alsoEdited(state: WorkbenchState, asks: Ask[]): Ask[] {
  return editsOn(state) ? asks.flatMap((ask) => [ask, ...editedOf(state, ask)]) : asks;
}

function editedOf(state: WorkbenchState, ask: Ask): Ask[] {
  switch (ask.slot) {
    case 'token-stats':
    case 'dla:component':
    case 'dla:head':
    case 'dla:neuron':
    case 'dla:head-source':
    case 'confidence-neurons':
      return [{ ...ask, slot: `edited:${ask.slot}` } as Ask];
    case 'predictions':
      return predictionAsks(state, ask);
    default:
      return [];
  }
}

/** The likeliest of either are scored by both, so that every row has its change. */
function predictionAsks(state: WorkbenchState, ask: Extract<Ask, { slot: 'predictions' }>): Ask[] {
  const { score = [] } = ask.parameters;
  const edited: Ask = {
    ...ask,
    slot: 'edited:predictions',
    parameters: { ...ask.parameters, score: [...score, ...likeliest(state, 'predictions')] },
  };
  const risen = likeliest(state, 'edited:predictions');
  if (risen.length === 0) return [edited];
  return [edited, { ...ask, slot: 'before:predictions', parameters: { ...ask.parameters, score: risen } }];
}

/** The ids in the answer to the present question; none while it is on the way. */
function likeliest(state: WorkbenchState, slot: 'predictions' | 'edited:predictions'): number[] {
  const result: ResultOf<'predictions'> | null = state.slots[slot].result;
  const fresh = freshness(state, slot);
  if (!result || (fresh !== 'live' && fresh !== 'committed')) return [];
  const ids = Object.values(result.arms).flatMap(({ top }) => top.map(({ id }) => id));
  return [...new Set(ids)].sort((a, b) => a - b);
}
