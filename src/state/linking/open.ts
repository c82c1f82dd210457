/** Opens links: the page becomes what one asks for, or says why not and stays as it was. */

import { InputError, toErrorRecord } from '../../base/errors.ts';
import type { ArmId } from '../../engine/api.ts';
import { decodeLink, readLinkFile } from '../../share/codec.ts';
import { complete } from '../../share/defaults.ts';
import type { Link } from '../../share/schema.ts';
import { type LinkedState, linkedState, linkOf } from '../link.ts';
import { notify, notifyError } from '../notices.ts';
import { armTitle, currentPair, isAtHand, pairArms } from '../selectors.ts';
import { connectedEngine, refresh, updatePairs } from '../session.ts';
import { getState, setState, useWorkbench } from '../store.ts';
import { holdAddress, rememberNow, settle } from './address.ts';
import { DEMO, otherDemo } from './demo.ts';
import { compareFingerprints, fingerprintOf } from './fingerprint.ts';
import { isOfRepos, otherWeights } from './models.ts';
import { patchLinking } from './slice.ts';
import { wait } from './waiting.ts';

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

/** Of links and states asked for one after another the last counts. */
let asked = 0;

/** Asks what a link asks; one about models that are not at hand waits for a person's consent. */
export async function openLink(link: Link): Promise<void> {
  const mine = ++asked;
  const pair = link.pair ?? DEMO;
  const here = pair === DEMO && getState().pair === DEMO;
  const atHand = here || (await holdAddress(bring(link, pair)));
  if (mine !== asked) return;
  await (atHand ? apply(link) : wait(link, pair));
}

/** Makes a link's pair the current one of the engine; false where it is not at hand. */
async function bring(link: Link, pair: string): Promise<boolean> {
  if (pair !== DEMO) await pairsKnown();
  const known = getState().pairs.find(({ id }) => id === pair);
  const same = !known?.added || isOfRepos(known, link.repos ?? {});
  if (pair !== DEMO && !(same && known?.arms.some(isAtHand))) return false;
  if (known && pair !== getState().pair) await makeCurrent(pair);
  return true;
}

/** Opens the link that waits, its models loaded by now or not: then it says what is missing. */
export async function openWaiting(): Promise<void> {
  const { waiting } = getState().linking;
  if (!waiting) return;
  patchLinking({ waiting: null });
  try {
    await openLink(waiting.link);
  } catch (error) {
    notifyError('The link could not be opened', error);
  }
}

export async function undo(): Promise<void> {
  rememberNow();
  const { undo: earlier, redo } = getState().linking;
  const last = earlier.at(-1);
  if (!last) return;
  patchLinking({ undo: earlier.slice(0, -1), redo: [...redo, settle(last)] });
  await goTo(last);
}

export async function redo(): Promise<void> {
  rememberNow();
  const { undo: earlier, redo: later } = getState().linking;
  const next = later.at(-1);
  if (!next) return;
  patchLinking({ undo: [...earlier, settle(next)], redo: later.slice(0, -1) });
  await goTo(next);
}

/** Goes back to a state of this visit; that can be undone, too. */
export function restore(link: Link): Promise<void> {
  return goTo(link);
}

async function goTo(link: Link): Promise<void> {
  const mine = ++asked;
  try {
    if ((link.pair ?? DEMO) !== getState().pair) await holdAddress(makeCurrent(link.pair ?? DEMO));
    if (mine !== asked) return;
    setState(linkedState(link, getState()));
    await refresh();
  } catch (error) {
    notify('error', 'That state could not be restored', toErrorRecord(error).message);
  }
}

async function apply(link: Link): Promise<void> {
  const state = linkedState(link, getState());
  const shown = onShow(state);
  rememberNow();
  setState({ ...state, shown, linking: { ...getState().linking, verdict: null } });
  await refresh(); // before it, what answers the question of before would count as the answer
  if (link.fingerprint) return void whenSettled().then(() => judge(link));
  const other = otherDemo(link);
  if (other) notify('info', 'Other demo models', other);
}

/** The arms a link shows that can be shown here. Those left out are named; without any the link cannot be opened. */
function onShow({ pair, shown }: LinkedState): ArmId[] {
  const state = getState();
  const known = state.pairs.find(({ id }) => id === pair);
  const here = known ? known.arms.filter(isAtHand).map(({ id }) => id) : pairArms(state);
  const missing = shown.filter((arm) => !here.includes(arm)).map(armTitle);
  if (missing.length === 0 && shown.length > 0) return shown;
  if (missing.length === shown.length)
    throw new InputError(
      'None of the models that the link shows is loaded here. Load them under Models, and open the link again.',
    );
  notify(
    'info',
    'The link shows more models',
    `Not loaded here, and left out: ${missing.join(', ')}. Load them under Models, and open the link again.`,
  );
  return shown.filter((arm) => here.includes(arm));
}

/** Compares the numbers here, and the weights where both are known; somebody who asks something else by now is told nothing. */
function judge(link: Link): void {
  const state = getState();
  const here = fingerprintOf(state);
  if (!here || !link.fingerprint || questionIn(link) !== questionIn(linkOf(state))) return;
  const verdict = compareFingerprints(link.fingerprint, here);
  const other = otherDemo(link) ?? otherWeights(link, currentPair(state)?.arms ?? []);
  patchLinking({ verdict: other ? { ok: false, says: `${other} ${verdict.says}` } : verdict });
}

/** What decides the numbers of a fingerprint, for comparing. */
function questionIn(link: Link): string {
  const { text, prependBos, pair, position, target, contrast } = complete(link);
  return JSON.stringify([text, prependBos, pair, position, target, contrast]);
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
