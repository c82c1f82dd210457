/** The prompt read twice: what its button asks, and whether what is on screen answers the present question. */

import { askByHand, cancelByHand, handAsks, handError, handStands } from '../byHand.ts';
import type { Ask, WorkbenchState } from '../types.ts';

/** As many neurons of the same ranking as the panel ablates. */
function twiceAsk({ closer, neuronsBy }: WorkbenchState): Ask {
  const { count } = closer.neuronAblation;
  const parameters = { k: count, ...(neuronsBy !== null && { by: neuronsBy }) };
  return { slot: 'induction', analysis: 'induction', parameters };
}

/** The request, while its button stands pressed for it. */
export const twiceAsks = (state: WorkbenchState): Ask[] => handAsks(state, twiceAsk(state));

/** Why the text could not be read twice; nothing once the question is another. */
export const twiceError = (state: WorkbenchState): string | null => handError(state, twiceAsk(state));

/** Whether what is on screen is of this prompt and these neurons. */
export const twiceStands = (state: WorkbenchState): boolean => handStands(state, twiceAsk(state));

export const startTwice = (state: WorkbenchState): Promise<void> => askByHand(twiceAsk(state));

export const cancelTwice = (): Promise<void> => cancelByHand('induction');
