/** What each edit does to the explained logit: asked once the panels have their answers, while the table is open. */

import { requestKey } from '../requestKey.ts';
import { armsToAsk, freshness, targetIds } from '../selectors.ts';
import type { Ask, WorkbenchState } from '../types.ts';
import { editsOn } from './viewed.ts';

/** The request; null without a target or edits. */
export function effectsAsk(state: WorkbenchState): Ask | null {
  const question = targetIds(state);
  if (!question || !editsOn(state)) return null;
  const parameters = { position: state.position ?? -1, ...question };
  return { slot: 'edit-effects', analysis: 'edit-effects', parameters };
}

/** A run for every edit and arm: what the panels show comes first. */
export function effectsAsks(state: WorkbenchState): Ask[] {
  const ask = effectsAsk(state);
  const panelsAnswered =
    freshness(state, 'edited:dla:component') === 'live' && freshness(state, 'edited:predictions') === 'live';
  return ask && state.editEffects && panelsAnswered ? [ask] : [];
}

/** Whether the effects on screen are of the present edits and question. */
export function effectsStand(state: WorkbenchState): boolean {
  const ask = effectsAsk(state);
  const { result, key } = state.slots['edit-effects'];
  return (
    Boolean(ask && result && key === requestKey(state, ask)) &&
    armsToAsk(state).every((arm) => result && arm in result.arms)
  );
}
