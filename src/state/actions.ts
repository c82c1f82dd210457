/** Everything a person can do on the page, as plain functions that work without React. */

import { Latest } from '../base/latest.ts';
import type { ArmId } from '../engine/api.ts';
import type { EditsSlice } from './edits/types.ts';
import type { Example } from './examples.ts';
import { openModels } from './models/dialog.ts';
import { notifyError } from './notices.ts';
import { currentPair, isAtHand, pairArms } from './selectors.ts';
import { refresh, refreshSoon } from './session.ts';
import { getState, setState } from './store.ts';
import type { Place, SelectionSlice, Token, ViewSlice } from './types.ts';
import { askedOtherwise, toTokens } from './vocabulary.ts';

export type Side = 'target' | 'contrast';

// --- the question -----------------------------------------------------------------------------

/** Takes the text exactly as typed; the run follows when typing pauses. */
export function setText(text: string): void {
  setState({ text });
  refreshSoon();
}

/** Opens a panel that looks closer, in place of the one that is open; the open one's own id closes it. */
export function togglePanel(id: string): Promise<void> {
  setState({ open: getState().open === id ? null : id });
  return refresh();
}

export function setPrependBos(prependBos: boolean): Promise<void> {
  setState({ prependBos });
  return refresh();
}

/** `null` is the last position, and stays the last when the prompt grows. */
export function setPosition(position: number | null): Promise<void> {
  const last = (getState().slots['token-stats'].result?.tokens.length ?? 0) - 1;
  setState({ position: position === last ? null : position });
  return refresh();
}

export function chooseToken(side: Side, token: Token): Promise<void> {
  setState({ [side]: [token] });
  return refresh();
}

/** Several tokens on one side mean the mean of their logits. */
export function addToken(side: Side, token: Token): Promise<void> {
  const others = getState()[side].filter(({ id }) => id !== token.id);
  setState({ [side]: [...others, token] });
  return refresh();
}

export function removeToken(side: Side, id: number): Promise<void> {
  setState({ [side]: getState()[side].filter((token) => token.id !== id) });
  return refresh();
}

/** Asks the opposite question. Without a contrast there is none. */
export function swapSides(): Promise<void> {
  const { target, contrast } = getState();
  if (contrast.length === 0) return Promise.resolve();
  setState({ target: contrast, contrast: target });
  return refresh();
}

const examples = new Latest();

/** Sets prompt, target and contrast together, and whatever goes with them, so that no half-set question is ever asked. */
export async function chooseExample(
  example: Example,
  beside: Partial<ViewSlice & EditsSlice & SelectionSlice> = {},
  signal?: AbortSignal,
): Promise<void> {
  const before = getState();
  const { pair } = before;
  try {
    const sides = await examples.run(() =>
      Promise.all([
        toTokens([example.target], pair),
        toTokens(example.contrast === null ? [] : [example.contrast], pair),
      ]),
    );
    if (!sides || signal?.aborted || askedOtherwise(before)) return;
    const [target, contrast] = sides;
    setState({ ...beside, text: example.text, prependBos: true, position: null, target, contrast });
  } catch (error) {
    notifyError('The example could not be opened', error);
    return;
  }
  await refresh();
}

// --- arms -------------------------------------------------------------------------------------

/**
 * Shows or hides an arm; the last one stays. Δ follows to two arms that are on show. An arm that is not loaded is
 * offered in the models dialog.
 */
export function toggleArm(arm: ArmId): Promise<void> {
  const { shown, compare, pair } = getState();
  const info = currentPair(getState())?.arms.find(({ id }) => id === arm);
  if (info && !isAtHand(info) && !shown.includes(arm)) return openModels(pair);
  const next = pairArms(getState()).filter((id) => (id === arm) !== shown.includes(id));
  if (next.length === 0) return Promise.resolve();
  const first = next[0] as ArmId;
  const last = next.at(-1) as ArmId;
  setState({ shown: next, compare: compare.every((id) => next.includes(id)) ? compare : [first, last] });
  return refresh();
}

/** Chooses the two arms of Δ and puts both on show. */
export function setCompare(first: ArmId, second: ArmId): Promise<void> {
  const { shown } = getState();
  setState({
    compare: [first, second],
    shown: pairArms(getState()).filter((id) => shown.includes(id) || id === first || id === second),
  });
  return refresh();
}

// --- views and selection ----------------------------------------------------------------------

/** Changes how the answers are looked at; asks for what a new view needs. */
export function setView(change: Partial<ViewSlice>): Promise<void> {
  setState(change);
  return refresh();
}

export function setHover(hover: SelectionSlice['hover']): void {
  setState({ hover });
}

/** A second click on the same place lets go of it. */
export function togglePin(place: Place): Promise<void> {
  setState({ pinned: samePlace(getState().pinned, place) ? null : place });
  return refresh();
}

/** Chooses a neuron and colours the token strip by it; a second click lets go. */
export function toggleNeuron(neuron: number): void {
  if (getState().neuron === neuron) setState({ neuron: null, colourBy: 'loss' });
  else setState({ neuron, colourBy: 'neuron' });
}

/** Esc: lets go of every pin. */
export function clearSelection(): Promise<void> {
  const { colourBy } = getState();
  setState({ pinned: null, neuron: null, hover: null, colourBy: colourBy === 'neuron' ? 'loss' : colourBy });
  return refresh();
}

export function samePlace(a: Place | null | undefined, b: Place | null | undefined): boolean {
  return Boolean(a && b) && a?.layer === b?.layer && a?.head === b?.head && a?.term === b?.term;
}
