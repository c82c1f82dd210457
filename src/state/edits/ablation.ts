/** A place that panels draw, as the edit that takes it out: set to 0, or to its mean over the prompt. */

import type { Edit } from '../../engine/api.ts';
import type { Place } from '../types.ts';
import { sameEdit, withEdit } from './list.ts';
import type { EditEntry } from './types.ts';

/** How a place is taken out. */
export type Ablation = 'zero' | 'mean';

/** A place; or one neuron of a layer's MLP, what a head's query pays to a key, or the scale of a norm by its hook. */
export type AblationPlace = Place & { neuron?: number; query?: number; key?: number; norm?: string };

/**
 * The edit, at every position; null for what no edit reaches: embeddings and biases. Attention to a key is cut, so that it
 * has no mean; a norm divides by its mean scale, for by 0 it cannot.
 */
export function ablationOf(place: AblationPlace, how: Ablation): Edit | null {
  const { layer, head, neuron, query, key, norm, term = '' } = place;
  if (norm !== undefined) return how === 'mean' ? { kind: 'freeze-norm', site: norm, value: 'prompt' } : null;
  if (layer === undefined) return null;
  if (query !== undefined && key !== undefined) {
    if (how === 'mean' || key > query) return null;
    return { kind: 'knock-out', site: `blocks.${layer}.attn.hook_pattern`, head, query, key };
  }
  const of = (hook: string) => ({ kind: how, site: `blocks.${layer}.${hook}` });
  if (head !== undefined) return { ...of('attn.hook_z'), head };
  const named = /N(\d+)$/.exec(term)?.[1];
  if (neuron !== undefined || named !== undefined)
    return { ...of('mlp.hook_post'), neuron: neuron ?? Number(named) };
  if (term.endsWith('.attn')) return of('hook_attn_out');
  return term.endsWith('.mlp') ? of('hook_mlp_out') : null;
}

/** How the list takes a place out now; null where it does not. */
export function ablatedBy(entries: readonly EditEntry[], place: AblationPlace): Ablation | null {
  const has = (how: Ablation) => {
    const edit = ablationOf(place, how);
    return edit !== null && entries.some((entry) => entry.on && sameEdit(entry.edit, edit));
  };
  if (has('zero')) return 'zero';
  return has('mean') ? 'mean' : null;
}

/** The list with a place taken out in this way and no other, or left alone where it was taken out so already. */
export function toggleAblation(
  entries: readonly EditEntry[],
  place: AblationPlace,
  how: Ablation,
): EditEntry[] {
  const ways = (['zero', 'mean'] as const).flatMap((way) => ablationOf(place, way) ?? []);
  const rest = entries.filter((entry) => !ways.some((way) => sameEdit(entry.edit, way)));
  const edit = ablationOf(place, how);
  if (!edit || ablatedBy(entries, place) === how) return rest;
  return withEdit(rest, edit);
}
