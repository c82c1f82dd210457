/** What lessons read of the page: numbers that answer the question as it stands, or null while they are on the way. */

import type { DirectEffectTerm, DlaArm, DlaTerm } from '../analysis/types/index.ts';
import type { ArmId } from '../engine/api.ts';
import { freshness } from '../state/selectors.ts';
import type { ResultOf, SlotId, Token, WorkbenchState } from '../state/types.ts';
import { glyphs } from '../ui/glyphs.ts';

/** The two arms that lessons compare. */
export const WITH: ArmId = 'original';
export const WITHOUT: ArmId = 'lnfree';

/** The result of a slot that is asked for now and answers what is asked. */
export function answerOf<S extends SlotId>(state: WorkbenchState, slot: S): ResultOf<S> | null {
  if (state.wanted[slot] === undefined) return null;
  const now = freshness(state, slot);
  return now === 'live' || now === 'committed' ? state.slots[slot].result : null;
}

type DlaSlot = Extract<SlotId, `${string}dla:${string}`>;

export function dlaOf(state: WorkbenchState, slot: DlaSlot, arm: ArmId): DlaArm | null {
  return (answerOf(state, slot) as ResultOf<'dla:component'> | null)?.arms[arm] ?? null;
}

/** The item of which `size` is largest; null of an empty list. */
export function largestBy<T>(items: readonly T[], size: (item: T) => number): T | null {
  return items.reduce<T | null>((best, item) => (best && size(best) >= size(item) ? best : item), null);
}

/** The head that adds or takes most in the model with LayerNorm. */
export function strongestHead(state: WorkbenchState): (DlaTerm & { layer: number; head: number }) | null {
  const heads = dlaOf(state, 'dla:head', WITH)?.terms.filter(isHead) ?? [];
  return largestBy(heads, ({ value }) => Math.abs(value));
}

/** The head whose attribution is furthest from its direct effect in the model with LayerNorm. */
export function furthestHead(
  state: WorkbenchState,
): (DirectEffectTerm & { layer: number; head: number }) | null {
  const heads = effectsOf(state, WITH)?.terms.filter(isHead) ?? [];
  return largestBy(heads, ({ difference }) => Math.abs(difference));
}

export function effectsOf(state: WorkbenchState, arm: ArmId) {
  return answerOf(state, 'direct-effect')?.arms[arm] ?? null;
}

/** One head's row among the direct effects of an arm. */
export function effectOf(state: WorkbenchState, arm: ArmId, label: string): DirectEffectTerm | null {
  return effectsOf(state, arm)?.terms.find((term) => term.label === label) ?? null;
}

function isHead<T extends { layer?: number; head?: number }>(
  term: T,
): term is T & { layer: number; head: number } {
  return term.layer !== undefined && term.head !== undefined;
}

export function isPinned({ pinned }: WorkbenchState, place: { layer: number; head: number } | null): boolean {
  return place !== null && pinned?.layer === place.layer && pinned.head === place.head;
}

/** `␣she`, or `␣she and ␣her`. */
export function tokensInWords(tokens: readonly Token[]): string {
  return tokens.map(({ piece }) => glyphs(piece)).join(' and ');
}

/** `␣she rather than ␣he`. */
export function questionInWords({ target, contrast }: WorkbenchState): string {
  const sides = tokensInWords(target);
  return contrast.length > 0 ? `${sides} rather than ${tokensInWords(contrast)}` : sides;
}
