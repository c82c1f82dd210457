/** A link about models that are not at hand: what it would take, and adding a pair that its author put together. Nothing is fetched unasked. */

import type { ArmId, PairId } from '../../engine/api.ts';
import { complete } from '../../share/defaults.ts';
import type { Link } from '../../share/schema.ts';
import { openModels } from '../models/dialog.ts';
import { notifyError } from '../notices.ts';
import { isAtHand } from '../selectors.ts';
import { connectedEngine, updatePairs } from '../session.ts';
import { getState } from '../store.ts';
import { patchLinking } from './slice.ts';

/** Keeps the link until somebody decides; of a pair that is known, asks what it would download. */
export async function wait(link: Link, pair: PairId): Promise<void> {
  const waiting = { link, pair, download: null, adding: false };
  patchLinking({ waiting });
  const known = getState().pairs.find(({ id }) => id === pair);
  if (!known) return;
  const missing = known.arms.filter((arm) => !isAtHand(arm)).map(({ id }) => id);
  const asked = missing.filter((id) => link.view?.shown?.includes(id) ?? ['original', 'lnfree'].includes(id));
  try {
    const budget = await connectedEngine().budget({ pair, arms: asked.length > 0 ? asked : missing });
    if (getState().linking.waiting !== waiting) return;
    const download = budget.arms.map((arm) => ({ arm: arm.id, bytes: arm.download }));
    patchLinking({ waiting: { ...waiting, download } });
  } catch (error) {
    if (getState().linking.waiting === waiting)
      notifyError('What the link needs could not be found out', error);
  }
}

/** Leaves the link that waits; the page goes on as it is. */
export function forgetWaiting(): void {
  patchLinking({ waiting: null });
}

/**
 * Adds the pair that the waiting link names its repositories of (lists, configurations and headers are read from the Hub,
 * no weights) and offers what to load. A name that is taken here gets a number.
 */
export async function addWaiting(): Promise<void> {
  const { waiting } = getState().linking;
  const repos = waiting ? reposIn(waiting.link) : [];
  if (!waiting || waiting.adding || repos.length === 0) return;
  const id = freeId(waiting.pair);
  const adding = { ...waiting, adding: true };
  const isWanted = () => getState().linking.waiting === adding; // it may be dismissed meanwhile
  patchLinking({ waiting: adding });
  try {
    await connectedEngine().add({
      id,
      arms: Object.fromEntries(repos.map(([arm, { name, revision }]) => [arm, { repo: name, revision }])),
    });
    await updatePairs();
  } catch (error) {
    if (!isWanted()) return;
    patchLinking({ waiting });
    notifyError('The pair of the link could not be added', error);
    return;
  }
  if (!isWanted()) return;
  await wait({ ...waiting.link, pair: id }, id);
  await openModels(id);
}

/** The repositories that a link names, in the order of the arms on show: a link keeps names in alphabetical order. */
export function reposIn(link: Link): [ArmId, { name: string; revision: string }][] {
  const { shown } = complete(link).view;
  const rank = (arm: ArmId) => (shown.includes(arm) ? shown.indexOf(arm) : shown.length);
  return Object.entries(link.repos ?? {}).sort(([a], [b]) => rank(a) - rank(b));
}

function freeId(wanted: PairId): PairId {
  const taken = new Set(getState().pairs.map(({ id }) => id));
  let id = wanted;
  for (let n = 2; taken.has(id); n++) id = `${wanted}-${n}`;
  return id;
}
