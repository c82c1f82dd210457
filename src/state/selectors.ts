/** What views derive from the state, written once: arms on show, the pair compared, the position, how fresh a result is. */

import type { ArmId, ArmInfo, PairInfo } from '../engine/api.ts';
import type { SlotId, Token, WorkbenchState } from './types.ts';

/** Names as the page writes them; an arm it does not know keeps its id. */
const ARM_TITLES: Record<ArmId, string> = {
  original: 'Original',
  vanilla: 'Vanilla FT',
  lnfree: 'LN-free',
  'lnfree-2024': 'LN-free 2024',
};

export const ARM_NOTES: Record<ArmId, string> = {
  original: 'The model as it was trained, with LayerNorm.',
  vanilla: 'Fine-tuned like the LN-free model but with LayerNorm kept: the control.',
  lnfree: 'Fine-tuned while LayerNorm was removed layer by layer: no division by a scale is left.',
};

export function armTitle(arm: ArmId): string {
  return ARM_TITLES[arm] ?? arm;
}

/** The pair asked, once the engine has told its pairs. */
export function currentPair({ pairs, pair }: Pick<WorkbenchState, 'pairs' | 'pair'>): PairInfo | undefined {
  return pairs.find(({ id }) => id === pair);
}

/** Without a tokenizer prompts and targets are token ids. */
export function speaksIds(state: Pick<WorkbenchState, 'pairs' | 'pair'>): boolean {
  return currentPair(state)?.tokenizer === false;
}

/** How many tokens there are, where one of the arms has told. */
export function vocabularyOf(pair: PairInfo | undefined): number | null {
  return pair?.arms.find((arm) => arm.config)?.config?.dVocab ?? null;
}

/** `GPT-2 small` of `GPT-2 small · 12 layers, 124 M parameters`. */
export function shortTitle(title: string): string {
  return title.split(' · ')[0] ?? title;
}

/** Whether it can be asked without anything being downloaded first. */
export function isAtHand({ loaded, origin }: ArmInfo): boolean {
  return loaded || origin === 'bundled';
}

/** Every arm of the pair, as far as known before the engine has told its pairs: those of the result on show. */
export function pairArms(state: WorkbenchState): ArmId[] {
  const known = currentPair(state);
  if (known) return known.arms.map((arm) => arm.id);
  return Object.keys(state.slots['token-stats'].result?.arms ?? {});
}

/** The arms to ask for: those on show and any other already loaded, in the pair's order. */
export function armsToAsk(state: WorkbenchState): ArmId[] {
  const loaded = currentPair(state)?.arms.filter((arm) => arm.loaded) ?? [];
  return pairArms(state).filter((arm) => state.shown.includes(arm) || loaded.some(({ id }) => id === arm));
}

/** The two arms of Δ, or null while only one is on show. */
export function comparison(state: WorkbenchState): readonly [ArmId, ArmId] | null {
  return state.compare.every((arm) => state.shown.includes(arm)) && state.compare[0] !== state.compare[1]
    ? state.compare
    : null;
}

/** The tokens of the prompt last run, with the position everything speaks about. */
export function positionOf(state: WorkbenchState): number {
  const count = state.slots['token-stats'].result?.tokens.length ?? 0;
  return state.position === null ? count - 1 : Math.min(state.position, count - 1);
}

/** `live` or `committed`: it answers the question as asked. `working`: its answer is on the way. `earlier`: it does not and none is. */
export type Freshness = 'live' | 'committed' | 'working' | 'earlier';

export function freshness(state: WorkbenchState, slot: SlotId): Freshness {
  const { key, from, working, result } = state.slots[slot];
  const wanted = state.wanted[slot];
  if (wanted === undefined) return from;
  if (result && wanted === key) return from;
  // Nothing is asked before the prompt's own request is answered, so while that works every answer is on the way.
  return working || state.slots['token-stats'].working ? 'working' : 'earlier';
}

/** Whether the engine can still be hoped for. */
export function engineIsDead(state: WorkbenchState): boolean {
  return state.engine.phase === 'failed';
}

/** Whether a question asked now is answered now. */
export function engineIsReady(state: WorkbenchState): boolean {
  return state.engine.phase === 'ready';
}

/** The question as data, for the parameters of a direct logit attribution; null while there is no target. */
export function targetIds(state: WorkbenchState): { target: number[]; contrast?: number[] } | null {
  const ids = (tokens: readonly Token[]) => tokens.map((token) => token.id);
  if (state.target.length === 0) return null;
  return state.contrast.length
    ? { target: ids(state.target), contrast: ids(state.contrast) }
    : { target: ids(state.target) };
}
