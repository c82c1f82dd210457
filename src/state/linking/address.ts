/** Keeps the address in step with the page, and remembers its states for undo and redo. */

import { encodeLink } from '../../share/codec.ts';
import type { Link } from '../../share/schema.ts';
import { LINKED, linkOf } from '../link.ts';
import { getState, useWorkbench } from '../store.ts';
import type { WorkbenchState } from '../types.ts';
import { demoOf } from './demo.ts';
import { fingerprintOf } from './fingerprint.ts';
import { record } from './history.ts';
import { modelsOf, reposOf } from './models.ts';
import { patchLinking, same } from './slice.ts';

/** After the last change, so that typing writes nothing while it goes on. Milliseconds. */
const PAUSE = 400;
/** After the first change at the most: long work tells how far it is all the time, and must not keep the address behind. */
const MOST = 2_000;
/** States kept for undo. */
const KEPT = 100;

/** Results decide the fingerprint. */
const FOLLOWED: readonly (keyof WorkbenchState)[] = [...LINKED, 'slots', 'wanted'];

let settled: Link = {};
let timer: ReturnType<typeof setTimeout> | undefined;
/** When the first change came that is not written yet; null where all is. */
let waitingSince: number | null = null;
let order = 0;
/** Links and states that are on their way to being shown. */
let coming = 0;

/** From a state on, by default the present one. Returns the way to stop. */
export function followPage(since: WorkbenchState = getState()): () => void {
  settled = linkOf(since);
  follow(getState(), since);
  return useWorkbench.subscribe(follow);
}

function follow(state: WorkbenchState, before: WorkbenchState): void {
  if (!FOLLOWED.some((key) => state[key] !== before[key])) return;
  clearTimeout(timer);
  waitingSince ??= performance.now();
  const left = MOST - (performance.now() - waitingSince);
  timer = setTimeout(() => void write(), Math.max(0, Math.min(PAUSE, left)));
}

/** The link of the page as it stands, with what identifies its models and numbers. */
export function currentLink(state: WorkbenchState = getState()): Link {
  const inputs = linkOf(state);
  const fingerprint = fingerprintOf(state);
  const [models, repos] = [modelsOf(state), reposOf(state)];
  return {
    ...inputs,
    ...demoOf(state.pair),
    ...(repos && { repos }),
    ...(models && { models }),
    ...(fingerprint && { fingerprint }),
  };
}

/** A state that undo or redo goes to counts as settled; returns the one before it. */
export function settle(link: Link): Link {
  const before = settled;
  settled = link;
  return before;
}

/** While what is asked for takes its time, a link stays in the address, where a reload must find it, and nothing is remembered. */
export async function holdAddress<T>(asked: Promise<T>): Promise<T> {
  coming++;
  order++; // what is being written is dropped
  try {
    return await asked;
  } finally {
    coming--;
  }
}

/** Remembers the page as it stands at once: what comes next is about to take its place. */
export function rememberNow(): void {
  if (coming === 0) remember(linkOf(getState()));
}

async function write(): Promise<void> {
  waitingSince = null;
  const state = getState();
  if (state.linking.waiting || coming > 0) return; // the link that waits stays in the address
  const inputs = linkOf(state);
  remember(inputs);
  record(state, inputs);
  const mine = ++order;
  const asOpened = Object.keys(inputs).length === 0;
  const fragment = asOpened ? null : await encodeLink(currentLink(state));
  if (mine !== order) return;
  const there = location.hash.slice(1) || null; // a link opened here may say in other words what the page asks
  if (fragment === there && fragment === getState().linking.fragment) return;
  patchLinking({ fragment });
  const { pathname, search } = location;
  history.replaceState(history.state, '', `${pathname}${search}${fragment ? `#${fragment}` : ''}`);
}

function remember(inputs: Link): void {
  if (same(inputs, settled)) return;
  const { undo } = getState().linking;
  patchLinking({ undo: [...undo, settled].slice(-KEPT), redo: [] });
  settled = inputs;
}
