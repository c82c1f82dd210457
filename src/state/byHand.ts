/** What takes seconds is asked by a button: for which question, whether what is on screen answers the present one, and how it ends. */

import { requestKey } from './requestKey.ts';
import { armsToAsk, currentPair } from './selectors.ts';
import { refresh, refreshed } from './session.ts';
import { getState, patchSlot, setState } from './store.ts';
import type { Ask, SlotId, WorkbenchState } from './types.ts';

/** The request while the question is the one its button was pressed for, and until it has failed; for a panel's `asks`. */
export function handAsks(state: WorkbenchState, ask: Ask): Ask[] {
  return isAsked(state, ask) && state.slots[ask.slot].error === null ? [ask] : [];
}

/** Why what was asked for could not be computed; nothing once the question is another. */
export function handError(state: WorkbenchState, ask: Ask): string | null {
  return isAsked(state, ask) ? (state.slots[ask.slot].error?.message ?? null) : null;
}

/** Whether the result on screen is of this request, and of every arm that is asked now. */
export function handStands(state: WorkbenchState, ask: Ask): boolean {
  const { result, key } = state.slots[ask.slot];
  if (!result || key !== requestKey(state, ask)) return false;
  return armsToAsk(state).every((arm) => arm in result.arms);
}

/** Asks, also where the same was asked before. */
export async function askByHand(ask: Ask): Promise<void> {
  const state = getState();
  const { slot } = ask;
  const asked = { key: requestKey(state, ask), arms: armsToAsk(state) };
  const { key } = state.slots[slot];
  setAsked(slot, asked);
  patchSlot(slot, { key: null, error: null });
  void refresh();
  await refreshed(); // a click meanwhile has the newer refresh go on with it
  const now = getState();
  if (now.handAsked[slot] && now.handAsked[slot] !== asked) return; // another press took over
  if (now.slots[slot].key === null) patchSlot(slot, { key }); // no answer: the old one is what it was
  if (now.slots[slot].key === null && now.slots[slot].error === null) setAsked(slot, undefined);
}

/** Stops the work; the result of before stays. */
export function cancelByHand(slot: SlotId): Promise<void> {
  setAsked(slot, undefined);
  return refresh();
}

/** Whether the weights on screen are those the arms have now: of results that say how each arm was kept. */
export function keptAlike(state: WorkbenchState, arms: Readonly<Record<string, { dtype: string }>>): boolean {
  const infos = currentPair(state)?.arms ?? [];
  return armsToAsk(state).every((arm) => {
    const dtype = infos.find(({ id }) => id === arm)?.dtype;
    return !dtype || dtype === arms[arm]?.dtype;
  });
}

function isAsked(state: WorkbenchState, ask: Ask): boolean {
  const asked = state.handAsked[ask.slot];
  if (asked?.key !== requestKey(state, ask)) return false;
  return armsToAsk(state).every((arm) => asked.arms.includes(arm));
}

function setAsked(slot: SlotId, asked: WorkbenchState['handAsked'][SlotId]): void {
  setState(({ handAsked }) => ({ handAsked: { ...handAsked, [slot]: asked } }));
}
