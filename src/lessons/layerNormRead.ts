/** What the lesson on LayerNorm reads: what stands in the identity for the pinned head, and at what the final norm is frozen. */

import type { Edit } from '../engine/api.ts';
import { active } from '../state/edits/list.ts';
import type { WorkbenchState } from '../state/types.ts';
import { dlaOf, effectOf, effectsOf, WITH } from './read.ts';

/** What stands in the identity for the pinned head with LayerNorm. */
interface Identity {
  label: string;
  scale: number;
  scaleWithout: number;
  /** What the rest wrote for the answer before any scale: L₋c·σ′. It stays when a scale is moved, and L₋c follows. */
  rest: number;
}

export function identity(state: WorkbenchState): Identity | null {
  const effects = effectsOf(state, WITH);
  const label = pinnedLabel(state);
  const term = label && effectOf(state, WITH, label);
  if (!effects || !term) return null;
  const { without, scaleWithout } = term;
  return {
    label: term.label,
    scale: effects.convention.scale,
    scaleWithout,
    rest: without * scaleWithout,
  };
}

export function pinnedLabel({ pinned }: WorkbenchState): string | null {
  return pinned?.head === undefined ? null : `L${pinned.layer}H${pinned.head}`;
}

/** The number that the final norm is frozen at. */
export function frozenAt(state: WorkbenchState): number | null {
  const edit = active(state.edits).find(
    (each): each is Extract<Edit, { kind: 'freeze-norm' }> =>
      each.kind === 'freeze-norm' && /^ln_final(\.hook_scale)?$/.test(each.site),
  );
  return typeof edit?.value === 'number' ? edit.value : null;
}

export const sum = (state: WorkbenchState, slot: 'dla:head' | 'edited:dla:head') =>
  dlaOf(state, slot, WITH)?.actual ?? Number.NaN;
