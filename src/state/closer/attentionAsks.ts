/** What the attention panel asks, all heads and the pinned one in full, and how its settings change. Apart from them, since the store begins with those. */

import { armsToAsk, currentPair, targetIds } from '../selectors.ts';
import { refresh } from '../session.ts';
import { setState } from '../store.ts';
import type { Ask, WorkbenchState } from '../types.ts';
import type { AttentionSettings } from './attention.ts';

export function setAttention(change: Partial<AttentionSettings>): Promise<void> {
  setState(({ closer }) => ({ closer: { ...closer, attention: { ...closer.attention, ...change } } }));
  return refresh();
}

/** ε as a number, null where what is typed is none between 0 and 1. */
export function typedEpsilon({ epsilon }: AttentionSettings): number | null {
  const value = Number(epsilon);
  return epsilon.trim() !== '' && value >= 0 && value <= 1 ? value : null;
}

/** The pinned head, where every arm asked has it. */
export function pinnedHead(state: WorkbenchState): { layer: number; head: number } | null {
  const { layer, head } = state.pinned ?? {};
  if (layer === undefined || head === undefined) return null;
  const asked = armsToAsk(state);
  const configs = currentPair(state)?.arms.flatMap(({ id, config }) =>
    config && asked.includes(id) ? [config] : [],
  );
  const lacks = configs?.some(({ nLayers, nHeads }) => layer >= nLayers || head >= nHeads);
  return lacks ? null : { layer, head };
}

export function attentionAsks(state: WorkbenchState): Ask[] {
  const asks: Ask[] = [];
  const epsilon = typedEpsilon(state.closer.attention);
  if (epsilon !== null) asks.push({ slot: 'attention', analysis: 'attention', parameters: { epsilon } });
  const head = pinnedHead(state);
  if (head) {
    const parameters = { overview: false, ...head, ...targetIds(state) };
    asks.push({ slot: 'attention:head', analysis: 'attention', parameters });
  }
  return asks;
}
