/** Verify, asked by its button. */

import { askByHand, cancelByHand, handAsks, handError, handStands, keptAlike } from './byHand.ts';
import type { Ask, WorkbenchState } from './types.ts';

const VERIFY: Ask = { slot: 'verify', analysis: 'verify', parameters: {} };

/** Verify's request while the question is the one it was asked for, and until it has failed. */
export const verifyAsks = (state: WorkbenchState): Ask[] => handAsks(state, VERIFY);

/** Why the comparison asked for could not be made; nothing once the question is another. */
export const verifyError = (state: WorkbenchState): string | null => handError(state, VERIFY);

/** Whether the report on screen is of this prompt, of every arm that is asked now, and of its weights as they are kept. */
export function verifyStands(state: WorkbenchState): boolean {
  const { result } = state.slots.verify;
  return result !== null && handStands(state, VERIFY) && keptAlike(state, result.arms);
}

/** Compares the engines on the prompt as it stands, also where that was done before. */
export const startVerify = (): Promise<void> => askByHand(VERIFY);

/** Stops comparing; the report of before stays. */
export const cancelVerify = (): Promise<void> => cancelByHand('verify');
