/** Answers of edited models that were seen before: an edit that is switched off and on again costs nothing. */

import type { SlotId } from '../types.ts';

/** Per slot; the one used longest ago goes first. */
const KEPT = 12;

const kept = new Map<string, Map<string, { arms: object }>>();

/** The answer to a request, if it is kept and has these arms. */
export function recall(slot: SlotId, key: string, arms: readonly string[]): { arms: object } | null {
  const found = kept.get(slot)?.get(key);
  if (!found || !arms.every((arm) => arm in found.arms)) return null;
  keep(slot, key, found);
  return found;
}

export function keep(slot: SlotId, key: string, result: { arms: object }): void {
  const own = kept.get(slot) ?? new Map<string, { arms: object }>();
  kept.set(slot, own);
  own.delete(key);
  own.set(key, result);
  for (const oldest of own.keys()) {
    if (own.size <= KEPT) return;
    own.delete(oldest);
  }
}

/** The models may be others now. */
export function forgetKept(): void {
  kept.clear();
}
