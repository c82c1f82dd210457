/** What a part writes: which part is looked at, and what the panel asks. */

import type { WritesPart } from '../../analysis/types/index.ts';
import { currentPair } from '../selectors.ts';
import { refresh } from '../session.ts';
import { setState } from '../store.ts';
import type { Ask, WorkbenchState } from '../types.ts';
import type { WritesSettings } from './writes.ts';

/** The name of the direction from the contrast to the target. */
export const DIRECTION = 'target − contrast';

export interface NamedPart {
  label: string;
  part: WritesPart;
}

export function setWrites(change: Partial<WritesSettings>): Promise<void> {
  setState(({ closer }) => ({ closer: { ...closer, writes: { ...closer.writes, ...change } } }));
  return refresh();
}

/** `L5H3`, `L5.mlp`, `L5N17`, or DIRECTION where the question has a contrast; null for anything else. */
export function parsePart(text: string, state: WorkbenchState): NamedPart | null {
  const label = text.trim();
  const [target, contrast] = [state.target[0], state.contrast[0]];
  if (label === DIRECTION && target && contrast)
    return { label, part: { direction: { toward: target.id, away: contrast.id } } };
  const match = /^L(\d+)(?:H(\d+)|N(\d+)|\.mlp)$/i.exec(label);
  if (!match) return null;
  const [layer, head, neuron] = match.slice(1).map((digits) => (digits ? Number(digits) : null));
  const config = currentPair(state)?.arms.find((arm) => arm.config)?.config;
  const beyond = (index: number | null | undefined, count: number | undefined) =>
    count !== undefined && index !== null && index !== undefined && index >= count;
  if (layer === null || layer === undefined) return null;
  if (beyond(layer, config?.nLayers) || beyond(head, config?.nHeads) || beyond(neuron, config?.dMlp))
    return null;
  if (typeof head === 'number') return { label: `L${layer}H${head}`, part: { layer, head } };
  if (typeof neuron === 'number') return { label: `L${layer}N${neuron}`, part: { layer, neuron } };
  return { label: `L${layer}.mlp`, part: { layer, mlp: true } };
}

/** The heads and MLPs that add most to the target's logit, either way, in the first arm on show; the largest first. */
export function largestTerms(state: WorkbenchState, count: number): string[] {
  const terms = state.slots['dla:head'].result?.arms[state.shown[0] ?? '']?.terms ?? [];
  return terms
    .filter(({ label, head }) => head !== undefined || label.endsWith('.mlp'))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, count)
    .map(({ label }) => label);
}

/** The part looked at: the one named, else the pinned one, else the largest term. */
export function chosenPart(state: WorkbenchState): NamedPart | null {
  const { part } = state.closer.writes;
  if (part !== '') return parsePart(part, state);
  const { layer, head, term } = state.pinned ?? {};
  const pinned = head === undefined ? term : `L${layer}H${head}`;
  return parsePart(pinned ?? '', state) ?? parsePart(largestTerms(state, 1)[0] ?? '', state);
}

/** Whether a part has weights of one vector, so that it can be looked at without a position. */
export const hasOneVector = ({ part }: NamedPart): boolean => 'neuron' in part || 'direction' in part;

export function writesAsks(state: WorkbenchState): Ask[] {
  const chosen = chosenPart(state);
  if (!chosen) return [];
  const { part } = chosen;
  const { at, input } = state.closer.writes;
  const position = state.position ?? -1;
  const asks: Ask[] = [
    {
      slot: 'writes',
      analysis: 'writes',
      parameters: { part, ...(!(at === 'weights' && hasOneVector(chosen)) && { position }) },
    },
  ];
  if ('head' in part)
    asks.push({ slot: 'head-circuits', analysis: 'head-circuits', parameters: { ...part, input } });
  return asks;
}
