/** The one store of the page; actions change it, views read it. */

import { create } from 'zustand';
import { initialState } from './initial.ts';
import type { ModelsSlice } from './models/types.ts';
import type { SlotId, Slots, WorkbenchState } from './types.ts';

export const useWorkbench = create<WorkbenchState>()(initialState);

export const getState = useWorkbench.getState;
export const setState = useWorkbench.setState;

/** Changes some fields of one slot. */
export function patchSlot<S extends SlotId>(slot: S, change: Partial<Slots[S]>): void {
  setState(({ slots }) => ({ slots: { ...slots, [slot]: { ...slots[slot], ...change } } }));
}

/** Changes some fields of what the models dialog knows. */
export function patchModels(change: Partial<ModelsSlice>): void {
  setState(({ models }) => ({ models: { ...models, ...change } }));
}
