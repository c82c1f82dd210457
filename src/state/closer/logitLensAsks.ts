/** What the logit lens asks, when that needs a button, and how its settings change. Apart from them, since the store begins with those. */

import { askByHand, cancelByHand, handAsks, handError, handStands } from '../byHand.ts';
import { armsToAsk, currentPair } from '../selectors.ts';
import { refresh } from '../session.ts';
import { setState } from '../store.ts';
import type { Ask, WorkbenchState } from '../types.ts';
import type { LogitLensSettings } from './logitLens.ts';

export function setLogitLens(change: Partial<LogitLensSettings>): Promise<void> {
  setState(({ closer }) => ({ closer: { ...closer, logitLens: { ...closer.logitLens, ...change } } }));
  return refresh();
}

/** Multiply-adds that a processor, or a graphics card, does within about a second. */
const AT_ONCE = { processor: 1.5e9, card: 1e12 };

function lensAsk(state: WorkbenchState): Ask {
  const track = [...new Set([...state.target, ...state.contrast].map(({ id }) => id))];
  return {
    slot: 'logit-lens',
    analysis: 'logit-lens',
    parameters: { scale: state.closer.logitLens.scale, track },
  };
}

/** Whether it is answered about at once: every layer of every position is unembedded, by every arm. */
export function lensIsLight(state: WorkbenchState): boolean {
  const config = currentPair(state)?.arms.find((arm) => arm.config)?.config;
  if (!config) return true;
  const { nLayers, dModel, dVocab } = config;
  const positions = state.slots['token-stats'].result?.tokens.length ?? 1;
  const work = armsToAsk(state).length * nLayers * positions * dModel * dVocab;
  const { route, adapter } = state.engine;
  const onCard = route?.engine === 'wgsl' && adapter?.isFallback === false;
  return work <= (onCard ? AT_ONCE.card : AT_ONCE.processor);
}

export function logitLensAsks(state: WorkbenchState): Ask[] {
  const ask = lensAsk(state);
  return lensIsLight(state) ? [ask] : handAsks(state, ask);
}

/** Why there is no answer, null where there is none to explain. */
export function logitLensError(state: WorkbenchState): string | null {
  if (!lensIsLight(state)) return handError(state, lensAsk(state));
  return state.slots['logit-lens'].error?.message ?? null;
}

/** Whether the result on screen is of the question as it is. */
export const logitLensStands = (state: WorkbenchState): boolean => handStands(state, lensAsk(state));

export async function startLogitLens(state: WorkbenchState): Promise<void> {
  await askByHand(lensAsk(state));
}

export const cancelLogitLens = (): Promise<void> => cancelByHand('logit-lens');
