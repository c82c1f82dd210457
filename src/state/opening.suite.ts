/** What the committed first result says, for tests that hold with any weights: the heads and parts by what they add to its answer. */

import type { DlaTerm } from '../analysis/types/index.ts';
import { firstResult } from './firstResult.ts';

export type HeadTerm = DlaTerm & { layer: number; head: number };

/** The heads of an arm, the one that adds or takes most first. */
export function openingHeads(arm = 'original'): HeadTerm[] {
  const { terms } = armOf('dla:head', arm);
  return terms.filter((term): term is HeadTerm => term.head !== undefined).sort(bySize);
}

/** The parts of an arm (embeddings, attentions, MLPs, biases), the one that speaks most for the answer first. */
export function openingParts(arm = 'original'): DlaTerm[] {
  return [...armOf('dla:component', arm).terms].sort((a, b) => b.value - a.value);
}

/** One head of an arm. */
export function openingHead(label: string, arm: string): HeadTerm {
  const head = openingHeads(arm).find((term) => term.label === label);
  if (!head) throw new Error(`the first result has no head ${label} in ${arm}`);
  return head;
}

/** The head that adds or takes most in the model with LayerNorm. */
export const STRONGEST = openingHeads()[0] as HeadTerm;

/** The head or MLP that adds or takes most in it. */
export const LARGEST: string = [...openingHeads(), ...mlps()].sort(bySize)[0]?.label ?? '';

/** The neurons of the ranking that the page opens with, its first first. */
export const RANKED: readonly number[] =
  firstResult.results['confidence-neurons'].arms.original?.neurons ?? [];

function armOf(slot: 'dla:head' | 'dla:component', arm: string) {
  const own = firstResult.results[slot].arms[arm];
  if (!own) throw new Error(`the first result has no arm ${arm}`);
  return own;
}

function mlps(): DlaTerm[] {
  return openingParts().filter(({ label }) => label.endsWith('.mlp'));
}

function bySize(a: DlaTerm, b: DlaTerm): number {
  return Math.abs(b.value) - Math.abs(a.value);
}
