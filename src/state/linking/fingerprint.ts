/** A few numbers that tell whether two machines agree: written into links, compared when one is opened. */

import type { Link } from '../../share/schema.ts';
import { armTitle, freshness } from '../selectors.ts';
import type { SlotId, WorkbenchState } from '../types.ts';
import type { LinkVerdict } from './types.ts';

export type Fingerprint = NonNullable<Link['fingerprint']>;

/** Beyond it numbers are called different: f16 weights move probabilities by 0.01 at most (SCIENCE §9). */
const AGREE = 0.02;
const DIGITS = 5;

/** Of the arms on show, where every number answers the question as it stands; null while some are on their way. */
export function fingerprintOf(state: WorkbenchState): Fingerprint | null {
  const fresh = (slot: SlotId) => ['live', 'committed'].includes(freshness(state, slot));
  const predictions = state.slots.predictions.result;
  if (!predictions || !fresh('predictions')) return null;
  const explained = state.target.length > 0;
  const dla = state.slots['dla:component'].result;
  if (explained && (!dla || !fresh('dla:component'))) return null;
  const arms = state.shown.flatMap((arm) => {
    const best = predictions.arms[arm]?.top[0];
    if (!best) return [];
    const value = explained ? dla?.arms[arm]?.actual : undefined;
    const rounded = value === undefined ? null : Number(value.toPrecision(DIGITS));
    return [[arm, { top: best.id, prob: Number(best.prob.toPrecision(DIGITS)), value: rounded }] as const];
  });
  return arms.length > 0 ? Object.fromEntries(arms) : null;
}

/** What the numbers here say of the author's. */
export function compareFingerprints(author: Fingerprint, here: Fingerprint): LinkVerdict {
  let [worst, where] = [0, ''];
  const arms = Object.keys(author).filter((arm) => arm in here);
  if (arms.length === 0)
    return { ok: false, says: 'The link’s numbers are of arms that are not on show here.' };
  for (const arm of arms) {
    const [theirs, ours] = [author[arm], here[arm]];
    if (!theirs || !ours) continue;
    const off = Math.max(
      Math.abs(theirs.prob - ours.prob),
      theirs.value === null || ours.value === null ? 0 : Math.abs(theirs.value - ours.value),
    );
    if (off >= worst) [worst, where] = [off, arm];
    if (theirs.top !== ours.top && off > AGREE)
      return {
        ok: false,
        says: `The likeliest token of ${armTitle(arm)} is another one here than its author saw: other weights?`,
      };
  }
  if (worst > AGREE)
    return {
      ok: false,
      says: `The numbers of ${armTitle(where)} differ from its author’s by ${worst.toPrecision(2)}: other weights, or kept in fewer bits.`,
    };
  const to = worst === 0 ? 'every digit it carries' : worst.toExponential(0);
  return { ok: true, says: `Recomputed here: its author’s numbers, to ${to}.` };
}
