/** Verify, asked by its button: for which question, whether what is on screen answers the present one, and how it ends. */

import { requestKey } from './requestKey.ts';
import { armsToAsk, currentPair } from './selectors.ts';
import { refresh } from './session.ts';
import { getState, patchSlot, setState } from './store.ts';
import type { Ask, WorkbenchState } from './types.ts';

const VERIFY: Ask = { slot: 'verify', analysis: 'verify', parameters: {} };

/** Verify's request while the question is the one it was asked for, and until it has failed. */
export function verifyAsks(state: WorkbenchState): Ask[] {
  return isAsked(state) && state.slots.verify.error === null ? [VERIFY] : [];
}

/** Why the comparison asked for could not be made; nothing once the question is another. */
export function verifyError(state: WorkbenchState): string | null {
  return isAsked(state) ? (state.slots.verify.error?.message ?? null) : null;
}

/** Whether the report on screen is of this prompt, of every arm that is asked now, and of its weights as they are kept. */
export function verifyStands(state: WorkbenchState): boolean {
  const { result, key } = state.slots.verify;
  if (!result || key !== requestKey(state, VERIFY)) return false;
  const infos = currentPair(state)?.arms ?? [];
  return armsToAsk(state).every((arm) => {
    const dtype = infos.find(({ id }) => id === arm)?.dtype;
    return arm in result.arms && (!dtype || dtype === result.arms[arm]?.dtype);
  });
}

/** Compares the engines on the prompt as it stands, also where that was done before. */
export async function startVerify(): Promise<void> {
  const state = getState();
  const asked = { key: requestKey(state, VERIFY), arms: armsToAsk(state) };
  const { key } = state.slots.verify;
  setState({ verifyAsked: asked });
  patchSlot('verify', { key: null, error: null });
  await refresh();
  const { slots, verifyAsked } = getState();
  if (verifyAsked !== null && verifyAsked !== asked) return; // another press took over
  if (slots.verify.key === null) patchSlot('verify', { key }); // no answer: the old one is what it was
  if (slots.verify.key === null && slots.verify.error === null) setState({ verifyAsked: null });
}

/** Stops comparing; the report of before stays. */
export function cancelVerify(): Promise<void> {
  setState({ verifyAsked: null });
  return refresh();
}

function isAsked(state: WorkbenchState): boolean {
  const { verifyAsked } = state;
  if (verifyAsked?.key !== requestKey(state, VERIFY)) return false;
  return armsToAsk(state).every((arm) => verifyAsked.arms.includes(arm));
}
