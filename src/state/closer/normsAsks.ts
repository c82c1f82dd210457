/** What the panel on LayerNorm itself asks, what its button asks, and how its settings change. */

import { askByHand, cancelByHand, handAsks, handError, handStands } from '../byHand.ts';
import { refresh } from '../session.ts';
import { setState } from '../store.ts';
import type { Ask, WorkbenchState } from '../types.ts';
import type { NormsSettings } from './norms.ts';

const SCALES: Ask = { slot: 'norm-scales', analysis: 'norm-scales', parameters: {} };

export function setNorms(change: Partial<NormsSettings>): Promise<void> {
  setState(({ closer }) => ({ closer: { ...closer, norms: { ...closer.norms, ...change } } }));
  return refresh();
}

/** The scale that is typed; null where it is no number above 0. */
export function typedScale({ typed }: NormsSettings): number | null {
  const value = Number(typed);
  return typed.trim() !== '' && Number.isFinite(value) && value > 0 ? value : null;
}

/** The surgery as it is set up; null while what is typed is no scale. */
function surgery({ closer }: WorkbenchState): Ask | null {
  const { by, value } = closer.norms;
  const scale = value === 'prompt' ? value : typedScale(closer.norms);
  return scale === null
    ? null
    : { slot: 'norm-surgery', analysis: 'norm-surgery', parameters: { by, value: scale } };
}

export function normsAsks(state: WorkbenchState): Ask[] {
  const ask = surgery(state);
  return ask ? [SCALES, ...handAsks(state, ask)] : [SCALES];
}

/** Why the surgery asked for could not be done; nothing once it is another. */
export function surgeryError(state: WorkbenchState): string | null {
  const ask = surgery(state);
  return ask && handError(state, ask);
}

/** Whether the steps on screen are of this prompt and these settings. */
export function surgeryStands(state: WorkbenchState): boolean {
  const ask = surgery(state);
  return ask !== null && handStands(state, ask);
}

export async function startSurgery(state: WorkbenchState): Promise<void> {
  const ask = surgery(state);
  if (ask) await askByHand(ask);
}

export const cancelSurgery = (): Promise<void> => cancelByHand('norm-surgery');
