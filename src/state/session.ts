/** Keeps the results in step with the question: asks the engine for what the panels want, newest request first to count. */

import { toErrorRecord } from '../base/errors.ts';
import { Latest } from '../base/latest.ts';
import type { AnalysisRequest, EngineStatus, Normless, Progress, PromptRequest } from '../engine/api.ts';
import { forgetKept, keep, recall } from './edits/kept.ts';
import { editsAsked } from './edits/reach.ts';
import { initialState } from './initial.ts';
import { notify, notifyError } from './notices.ts';
import { requestKey } from './requestKey.ts';
import { armsToAsk, currentPair, speaksIds, vocabularyOf } from './selectors.ts';
import { EDITED, OF_EDITS, OF_OPENED_PANELS } from './slots.ts';
import { getState, patchSlot, setState } from './store.ts';
import { parseIds } from './tokenIds.ts';
import type { Ask, Slot, SlotId, WorkbenchState } from './types.ts';

/** What one panel needs computed for a state of the page. */
export type Asker = (state: WorkbenchState) => Ask[];

type Outcome = 'ok' | 'failed' | 'superseded';

/** The prompt's own request: its tokens are known first, and it tells whether the prompt can run at all. */
const GATE: SlotId = 'token-stats';

/** They tell how far they are, and what fails is told in their panel, of edits beside the edits. */
const OF_OPENED: ReadonlySet<string> = new Set(Object.keys({ ...OF_OPENED_PANELS, ...EDITED, ...OF_EDITS }));
/** Their answers are kept, since edits are switched off and on; not those of thousands of terms, which somebody must look at. */
const KEPT: ReadonlySet<string> = new Set(
  Object.keys({ ...EDITED, ...OF_EDITS }).filter((slot) => !/(neuron|head-source)$/.test(slot)),
);
/** How often the page hears of that: more would redraw it for nothing. Milliseconds. */
const TICK = 100;

const DONE = { working: false, progress: null } as const;

let engine: Normless | null = null;
let askers: readonly Asker[] = [];
let usable = false;
/** How often the slots were brought up to the question. */
let turns = 0;
let newest = Promise.resolve();
let debounce: ReturnType<typeof setTimeout> | undefined;
const underWay = new Map<SlotId, { key: string; arms: string; latest: Latest; outcome: Promise<Outcome> }>();

/** Binds the page to an engine and to the panels' requests; recomputes the committed results once it is ready. */
export async function connect(normless: Normless, panelAskers: readonly Asker[]): Promise<void> {
  engine = normless;
  askers = panelAskers;
  usable = false;
  underWay.clear();
  forgetKept();
  setState({ version: normless.version });
  adoptCommitted();
  normless.subscribe(onStatus);
  try {
    await normless.ready;
  } catch {
    return; // the status carries the reason, and the page says it
  }
  if (engine !== normless) return;
  usable = true;
  await updatePairs();
  await refresh();
}

/** The engine, for actions that speak to it directly. */
export function connectedEngine(): Normless {
  if (!engine) throw new Error('The engine has not been started yet.');
  return engine;
}

/** Learns which arms are loaded, and how. */
export async function updatePairs(): Promise<void> {
  forgetKept();
  try {
    setState({ pairs: await connectedEngine().pairs() });
    adoptCommitted();
  } catch (error) {
    notifyError('The list of models could not be read', error);
  }
}

/** As `refresh`, but after a pause in typing. */
export function refreshSoon(milliseconds = 200): void {
  clearTimeout(debounce);
  debounce = setTimeout(() => void refresh(), milliseconds);
  markWanted();
}

/** Brings every slot up to the question: asks for what is missing, drops what nobody wants any more. */
export function refresh(): Promise<void> {
  newest = bringAllUp();
  return newest;
}

/** Until no refresh is under way: the newest goes on with what those before it began. */
export async function refreshed(): Promise<void> {
  let last: Promise<void> | undefined;
  while (last !== newest) {
    last = newest;
    await last;
  }
}

async function bringAllUp(): Promise<void> {
  clearTimeout(debounce);
  markWanted();
  if (!usable) return;
  const turn = ++turns;
  const gate = currentAsks().find((ask) => ask.slot === GATE);
  if (gate && (await bringUp(gate)) !== 'ok') return;
  if (turn === turns) keepPositionInside();
  // Some requests are made of what others answered: again until nothing new is asked, or somebody asks anew.
  const seen = new Set<string>();
  while (turn === turns && !typedOn(gate)) {
    markWanted();
    const state = getState();
    const next = currentAsks().filter((ask) => !seen.has(ask.slot + requestKey(state, ask)));
    if (next.length === 0) return;
    for (const ask of next) seen.add(ask.slot + requestKey(state, ask));
    await Promise.all(next.map(bringUp));
  }
}

/** Whether the prompt is another by now than the one let through; typing asks anew when it pauses. */
function typedOn(gate: Ask | undefined): boolean {
  const state = getState();
  return gate !== undefined && state.slots[GATE].key !== requestKey(state, gate);
}

function currentAsks(): Ask[] {
  const state = getState();
  return askers.flatMap((asker) => asker(state));
}

/** Committed results answer the opening question, whichever engine answers, however the demo is kept: they carry its keys. */
function adoptCommitted(): void {
  const { engine, pairs } = getState();
  const opening = { ...initialState(), engine, pairs };
  for (const ask of askers.flatMap((asker) => asker(opening))) {
    if (getState().slots[ask.slot].from === 'committed')
      patchSlot(ask.slot, { key: requestKey(opening, ask) });
  }
  markWanted();
}

/** Notes what each slot should answer now, and stops work that answers something else. */
function markWanted(): void {
  const state = getState();
  const wanted = Object.fromEntries(currentAsks().map((ask) => [ask.slot, requestKey(state, ask)]));
  setState({ wanted });
  for (const [slot, work] of underWay) {
    if (wanted[slot] === work.key) continue;
    work.latest.cancel();
    underWay.delete(slot);
    patchSlot(slot, DONE);
  }
}

async function bringUp(ask: Ask): Promise<Outcome> {
  const state = getState();
  const key = requestKey(state, ask);
  const arms = armsToAsk(state);
  const slot = state.slots[ask.slot];
  const covered = slot.result !== null && arms.every((arm) => slot.result && arm in slot.result.arms);
  const work = underWay.get(ask.slot);
  if (slot.key === key && slot.from === 'live' && covered) {
    work?.latest.cancel(); // of more arms than are asked now
    if (slot.working || slot.error) answered(ask.slot, {});
    return 'ok';
  }
  const before = KEPT.has(ask.slot) ? recall(ask.slot, key, arms) : null;
  if (before) {
    work?.latest.cancel();
    answered(ask.slot, { result: before as never, key, from: 'live' });
    return 'ok';
  }
  if (work?.key === key && work.arms === arms.join()) return work.outcome;

  const latest = work?.latest ?? new Latest();
  const outcome = latest
    .run((signal) => fetchSlot(ask, key, arms, signal))
    .then((end) => end ?? 'superseded');
  underWay.set(ask.slot, { key, arms: arms.join(), latest, outcome });
  return outcome;
}

async function fetchSlot(ask: Ask, key: string, arms: string[], signal: AbortSignal): Promise<Outcome> {
  const state = getState();
  patchSlot(ask.slot, { working: true, progress: null, error: null });
  try {
    const onProgress = OF_OPENED.has(ask.slot) ? followProgress(ask.slot, signal) : undefined;
    const edits = editsAsked(state, ask.slot);
    const request = {
      pair: state.pair,
      ...promptOf(state),
      arms,
      signal,
      onProgress,
      ...ask.parameters,
      ...(edits.length > 0 && { edits }),
    };
    const result = await connectedEngine().analyze(
      ask.analysis,
      request as AnalysisRequest<typeof ask.analysis>,
    );
    if (signal.aborted) return 'superseded';
    answered(ask.slot, { result: result as never, key, from: 'live' });
    if (KEPT.has(ask.slot)) keep(ask.slot, key, result);
    return 'ok';
  } catch (error) {
    if (signal.aborted) return 'superseded';
    underWay.delete(ask.slot);
    fail(ask.slot, error);
    return 'failed';
  }
}

/** The question has its answer: no work is left, and what was wrong with another question is over. */
function answered(slot: SlotId, change: Partial<Slot<SlotId>>): void {
  underWay.delete(slot);
  patchSlot(slot, { ...(change as object), ...DONE, error: null });
  if (slot === GATE) setState({ promptError: null });
}

/** Shows progress as it comes, now and then. */
function followProgress(slot: SlotId, signal: AbortSignal): (progress: Progress) => void {
  let told = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const now = performance.now();
    if (signal.aborted || !getState().slots[slot].working || now - told < TICK) return;
    told = now;
    patchSlot(slot, { progress });
  };
}

/** The prompt as it is typed: a text, or ids where there is no tokenizer. Throws InputError for what is no id. */
export function promptOf(state: WorkbenchState): Pick<PromptRequest, 'text' | 'tokens' | 'prependBos'> {
  const { text, prependBos } = state;
  return speaksIds(state)
    ? { tokens: parseIds(text, vocabularyOf(currentPair(state))) }
    : { text, prependBos };
}

/** A mistake in the prompt belongs beside the prompt, one in a request beside its panel, anything else to everyone. */
function fail(slot: SlotId, error: unknown): void {
  const record = toErrorRecord(error);
  patchSlot(slot, { ...DONE, error: record });
  if (OF_OPENED.has(slot)) return;
  const asAsked = record.name === 'InputError';
  if (slot === GATE) setState({ promptError: asAsked ? record.message : null });
  if (asAsked) return;
  notify(
    'error',
    record.name === 'DeviceError' ? 'The graphics device failed' : 'The analysis failed',
    record.message,
  );
}

/** A shorter prompt may have lost the chosen position: then it is the last again. */
function keepPositionInside(): void {
  const { position, slots } = getState();
  const count = slots[GATE].result?.tokens.length ?? 0;
  if (position !== null && position >= count) setState({ position: null });
}

function onStatus(status: EngineStatus): void {
  const before = getState().engine;
  setState({ engine: status });
  if (status.route?.engine !== before.route?.engine) {
    adoptCommitted();
    if (usable) void refresh();
  }
  if (status.recoveries > before.recoveries) {
    notify(
      'info',
      'The graphics device was lost',
      'Normless rebuilt the device and repeated the run. If this happens again, close other tabs that use the GPU.',
    );
  }
}
