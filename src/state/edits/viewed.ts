/** Which numbers the main panels draw: of the models as they are, of the edited ones, or what the edits changed. */

import { type Freshness, freshness } from '../selectors.ts';
import type { MainSlot } from '../slots.ts';
import type { ResultOf, SlotId, WorkbenchState } from '../types.ts';
import { differenceOf, type Subtractable } from './difference.ts';
import type { EditView } from './types.ts';

type Editing = Pick<WorkbenchState, 'edits' | 'editView'>;

/** Whether any edit is on. */
export function editsOn({ edits }: Pick<WorkbenchState, 'edits'>): boolean {
  return edits.some(({ on }) => on);
}

/** What is looked at: without edits there is nothing but the base. */
export function viewOf(state: Editing): EditView {
  return editsOn(state) ? state.editView : 'base';
}

export interface Viewed<R> {
  /** What is drawn. */
  result: R | null;
  /** What it is; `base` while there is no edited result of this question yet. */
  view: EditView;
  freshness: Freshness;
  base: R | null;
  /** Null while there is none of this question. */
  edited: R | null;
  /** The edited models were asked and gave no answer: `result` is without the edits. */
  failed: boolean;
}

/** Base and edited results of a main panel, and which of them is asked to be seen. */
export function viewedBoth<S extends MainSlot>(state: WorkbenchState, slot: S): Viewed<ResultOf<S>> {
  const base = state.slots[slot].result as ResultOf<S> | null;
  const wanted = viewOf(state);
  const own = freshness(state, slot);
  const unedited = { result: base, view: 'base', freshness: own, base, edited: null, failed: false } as const;
  if (wanted === 'base') return unedited;
  const editedSlot: SlotId = `edited:${slot}`;
  const edited = state.slots[editedSlot].result as ResultOf<S> | null;
  if (edited && base && sameQuestion(edited, base)) {
    const both = worst([own, freshness(state, editedSlot)]);
    return { result: edited, view: wanted, freshness: both, base, edited, failed: false };
  }
  const failed = state.wanted[editedSlot] !== undefined && freshness(state, editedSlot) === 'earlier';
  return failed ? { ...unedited, failed } : { ...unedited, freshness: worst([own, 'working']) };
}

/** The same with the difference in the result's own form, for those that can be subtracted as they stand. */
export function viewed<S extends Exclude<MainSlot, 'predictions'>>(
  state: WorkbenchState,
  slot: S,
): Viewed<ResultOf<S>> {
  const both = viewedBoth(state, slot);
  if (both.view !== 'difference' || !both.edited || !both.base) return both;
  const result = differenceOf(both.edited as Subtractable, both.base as Subtractable) as ResultOf<S>;
  return { ...both, result };
}

/** The result as a file: what is drawn, and of a difference what it is between. */
export function viewedJson<R>({ result, view, base, edited }: Viewed<R>): unknown {
  return view === 'difference' ? { difference: result, edited, base } : result;
}

/** What the columns of a table of it are called besides: nothing where it is of the models as they are. */
export function viewSuffix(view: EditView): string {
  if (view === 'base') return '';
  return view === 'edited' ? ' edited' : ' edited - base';
}

/** The one that is behind the most. */
export function worst(states: readonly Freshness[]): Freshness {
  return states.find((s) => s === 'working') ?? states.find((s) => s === 'earlier') ?? states[0] ?? 'live';
}

interface Asked {
  pair: string;
  tokens: readonly number[];
  arms: Record<string, object>;
}

/** Of one prompt, position and target: while one of two results is behind, they are never held against each other. */
function sameQuestion(a: Asked, b: Asked): boolean {
  return questionOf(a) === questionOf(b);
}

function questionOf({ pair, tokens, arms }: Asked): string {
  const [arm = {}] = Object.values(arms) as Record<string, unknown>[];
  return JSON.stringify([pair, tokens, arm.position, arm.target, arm.contrast, arm.neurons]);
}
