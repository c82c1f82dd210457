/** Opens links: the page becomes what one asks for, or says why not and stays as it was. */

import { toErrorRecord } from '../../base/errors.ts';
import { decodeLink, readLinkFile } from '../../share/codec.ts';
import type { Link } from '../../share/schema.ts';
import { linkedState } from '../link.ts';
import { notify, notifyError } from '../notices.ts';
import { isAtHand } from '../selectors.ts';
import { connectedEngine, refresh, updatePairs } from '../session.ts';
import { getState, setState, useWorkbench } from '../store.ts';
import { patchLinking, settle } from './address.ts';
import { compareFingerprints, fingerprintOf } from './fingerprint.ts';

const DEMO = 'demo';

/** What the address asks for, now and whenever somebody changes it by hand. */
export async function openAddress(): Promise<void> {
  const fragment = location.hash.slice(1);
  if (!/^v\d/.test(fragment) || fragment === getState().linking.fragment) return;
  try {
    await openLink(await decodeLink(fragment));
  } catch (error) {
    notifyError('The link could not be opened', error);
  }
}

/** What a file holds that was saved in place of a link too long for an address. */
export async function openLinkFile(file: File): Promise<void> {
  try {
    await openLink(readLinkFile(await file.text()));
  } catch (error) {
    notifyError(`${file.name} could not be opened`, error);
  }
}

/** Asks what a link asks; one about models that are not at hand waits for a person's consent. */
export async function openLink(link: Link): Promise<void> {
  const pair = link.pair ?? DEMO;
  if (pair !== DEMO) await pairsKnown();
  const known = getState().pairs.find(({ id }) => id === pair);
  const atHand = pair === DEMO || known?.arms.some(isAtHand);
  if (!atHand) {
    patchLinking({ waiting: { link, pair } });
    return;
  }
  if (known && pair !== getState().pair) await makeCurrent(pair);
  await apply(link);
}

/** Opens the link that waits, its models loaded by now or not: then it says what is missing. */
export async function openWaiting(): Promise<void> {
  const { waiting } = getState().linking;
  if (!waiting) return;
  patchLinking({ waiting: null });
  await openLink(waiting.link);
}

/** Leaves the link that waits; the page goes on as it is. */
export function forgetWaiting(): void {
  patchLinking({ waiting: null });
}

export async function undo(): Promise<void> {
  const { undo: earlier, redo } = getState().linking;
  const last = earlier.at(-1);
  if (!last) return;
  patchLinking({ undo: earlier.slice(0, -1), redo: [...redo, settle(last)] });
  await goTo(last);
}

export async function redo(): Promise<void> {
  const { undo: earlier, redo: later } = getState().linking;
  const next = later.at(-1);
  if (!next) return;
  patchLinking({ undo: [...earlier, settle(next)], redo: later.slice(0, -1) });
  await goTo(next);
}

async function goTo(link: Link): Promise<void> {
  try {
    if ((link.pair ?? DEMO) !== getState().pair) await makeCurrent(link.pair ?? DEMO);
    setState(linkedState(link, getState()));
    await refresh();
  } catch (error) {
    notify('error', 'That state could not be restored', toErrorRecord(error).message);
  }
}

async function apply(link: Link): Promise<void> {
  setState({ ...linkedState(link, getState()), linking: { ...getState().linking, verdict: null } });
  const { fingerprint } = link;
  if (fingerprint) void whenSettled().then(() => judge(fingerprint));
  await refresh();
}

/** Compares once the numbers here answer the link's question; somebody who asks something else meanwhile is told nothing. */
function judge(author: NonNullable<Link['fingerprint']>): void {
  const here = fingerprintOf(getState());
  if (here) patchLinking({ verdict: compareFingerprints(author, here) });
}

async function makeCurrent(pair: string): Promise<void> {
  const arms =
    getState()
      .pairs.find(({ id }) => id === pair)
      ?.arms.filter(isAtHand) ?? [];
  await connectedEngine().load({ pair, arms: arms.map(({ id }) => id) });
  await updatePairs();
}

/** Until the engine has told its pairs. */
function pairsKnown(): Promise<void> {
  return until(() => getState().pairs.length > 0);
}

/** Until live results answer the question as it stands. */
function whenSettled(): Promise<void> {
  return until(() => {
    const { slots, pairs } = getState();
    const live = pairs.length > 0 && slots.predictions.from === 'live' && slots.predictions.result !== null;
    return live && fingerprintOf(getState()) !== null;
  });
}

function until(holds: () => boolean): Promise<void> {
  if (holds()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = useWorkbench.subscribe(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}
