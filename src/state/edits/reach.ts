/** Which requests are put to the edited models: the main panels' second ones, and those of the panel that is open. */

import type { Edit } from '../../engine/api.ts';
import type { SlotId, WorkbenchState } from '../types.ts';
import { active } from './list.ts';
import { editsOn, viewOf } from './viewed.ts';

/** Panels that look closer, whose runs take edits. The others' numbers come of weights alone, or of runs of their own. */
const TAKES_EDITS: ReadonlySet<SlotId> = new Set<SlotId>([
  'direct-effect',
  'direct-effect:all',
  'direct-effect:neuron',
  'writes',
  'neuron-ablation',
  'null-direction',
  'logit-lens',
  'attention',
  'attention:head',
  'norm-scales',
]);

/** The edits a slot's request carries; an empty list is none. */
export function editsAsked(state: Pick<WorkbenchState, 'edits' | 'editView'>, slot: SlotId): Edit[] {
  if (!editsOn(state)) return [];
  if (slot === 'edit-effects' || slot.startsWith('edited:')) return active(state.edits);
  return TAKES_EDITS.has(slot) && viewOf(state) !== 'base' ? active(state.edits) : [];
}
