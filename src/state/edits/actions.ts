/** What a person does with edits, as plain functions that work without React. */

import type { Edit } from '../../engine/api.ts';
import { refresh } from '../session.ts';
import { getState, setState } from '../store.ts';
import { type Ablation, type AblationPlace, toggleAblation } from './ablation.ts';
import { moved, switched, withEdit, without } from './list.ts';
import type { EditEntry, EditView } from './types.ts';

/** `about` is what its numbers are, in words. */
export function addEdit(edit: Edit, about: string | null = null): Promise<void> {
  return setEdits(withEdit(getState().edits, edit, about));
}

/** Switches an edit on or off; it keeps its place in the list. */
export function toggleEdit(id: number): Promise<void> {
  return setEdits(switched(getState().edits, id));
}

export function removeEdit(id: number): Promise<void> {
  return setEdits(without(getState().edits, id));
}

/** Edits apply in the order of the list. */
export function moveEdit(id: number, by: -1 | 1): Promise<void> {
  return setEdits(moved(getState().edits, id, by));
}

export function clearEdits(): Promise<void> {
  return setEdits([]);
}

/** Takes a place out of every arm, or puts it back. */
export function ablate(place: AblationPlace, how: Ablation): Promise<void> {
  return setEdits(toggleAblation(getState().edits, place, how));
}

export function setEditView(editView: EditView): Promise<void> {
  setState({ editView });
  return refresh();
}

export function openEditForm(editForm: boolean): void {
  setState({ editForm });
}

export function openEffects(editEffects: boolean): Promise<void> {
  setState({ editEffects });
  return refresh();
}

/** A first edit is looked at, whatever was looked at when there were some before. */
function setEdits(edits: EditEntry[]): Promise<void> {
  const first = !getState().edits.some(({ on }) => on) && edits.some(({ on }) => on);
  setState(first && getState().editView === 'base' ? { edits, editView: 'edited' } : { edits });
  return refresh();
}
