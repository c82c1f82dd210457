/** What the patching panel asks: which question its prompts and choices are, why they are none, and the map that answers it. */

import type { PatchDirection, PatchGranularity, PatchSite } from '../../analysis/types/index.ts';
import { connectedEngine } from '../session.ts';
import { getState } from '../store.ts';
import type { WorkbenchState } from '../types.ts';
import type { Kept, SweepResult } from './patching.ts';
import { alignmentOf, patchPatching, splitKey } from './patchingPrompts.ts';
import { answerTo, failureOf, runWork, type WorkQuestion } from './patchingWork.ts';

/** Two prompts, what is measured, and what is patched: all that decides the numbers of a map but the weights. */
export interface PatchingQuestion {
  clean: { tokens: number[] };
  corrupted: { tokens: number[] };
  target: number[];
  contrast?: number[];
  site: PatchSite;
  granularity: PatchGranularity;
  direction: PatchDirection;
}

/** Which granularities a site has, the first being the usual one. */
export function granularitiesOf(site: PatchSite): readonly PatchGranularity[] {
  switch (site) {
    case 'pattern':
      return ['head', 'head-position'];
    case 'q':
    case 'k':
    case 'v':
    case 'z':
      return ['head', 'position', 'head-position'];
    case 'mlp_pre':
    case 'mlp_post':
      return ['position', 'neuron-topk'];
    default:
      return ['position'];
  }
}

export function setSite(site: PatchSite): void {
  const { granularity } = getState().closer.patching;
  const possible = granularitiesOf(site);
  const [usual = 'position'] = possible;
  const finer = granularity !== 'position' && possible.includes(granularity);
  patchPatching({ site, granularity: finer ? granularity : usual, cell: null, layer: null });
}

export function setGranularity(granularity: PatchGranularity): void {
  patchPatching({ granularity, cell: null, layer: null });
}

/** Why the prompts cannot be patched as they stand, in a sentence; null where they can, or it is not known yet. */
export function whyNotPatched(state: WorkbenchState): string | null {
  const { split, target } = state.closer.patching;
  if (!split || split.key !== splitKey(state)) return null;
  if (split.clean.error) return `The clean prompt: ${split.clean.error}`;
  if (split.corrupted.error) return `The corrupted prompt: ${split.corrupted.error}`;
  const [clean, corrupted] = [split.clean.tokens, split.corrupted.tokens];
  const { parts } = alignmentOf(clean, corrupted);
  if (clean.length !== corrupted.length)
    return `The clean prompt has ${clean.length} tokens, the corrupted one ${corrupted.length}; they part at position ${parts}. Activations are copied from a position to the same one, so both need as many: change a word for one of as many tokens.`;
  if (parts === null)
    return 'Both prompts are the same, so there is nothing to copy from one to the other. Change a word in one of them.';
  return target.length === 0 ? 'Choose a target token: what the patch is to bring back is its logit.' : null;
}

/** The question as it stands; null while there is none to ask. */
export function questionOf(state: WorkbenchState): PatchingQuestion | null {
  const { split, target, contrast, site, granularity, direction } = state.closer.patching;
  if (!split || split.key !== splitKey(state) || whyNotPatched(state) !== null) return null;
  const ids = (tokens: readonly { id: number }[]) => tokens.map(({ id }) => id);
  return {
    clean: { tokens: ids(split.clean.tokens) },
    corrupted: { tokens: ids(split.corrupted.tokens) },
    target: ids(target),
    ...(contrast.length > 0 && { contrast: ids(contrast) }),
    site,
    granularity,
    direction,
  };
}

/** The prompts' tokens by position, both where they differ. */
export function piecesOf(state: WorkbenchState): string[] {
  const { split } = state.closer.patching;
  const { clean = [], corrupted = [] } = { clean: split?.clean.tokens, corrupted: split?.corrupted.tokens };
  return clean.map(({ id, piece }, p) => {
    const other = corrupted[p];
    return !other || other.id === id ? piece : `${piece}/${other.piece}`;
  });
}

/** The identity of what is asked of the pair as its weights are kept now. */
export function workKey(state: WorkbenchState, asked: unknown): string {
  const dtypes = state.pairs.find(({ id }) => id === state.pair)?.arms.map(({ dtype }) => dtype);
  return JSON.stringify([state.pair, dtypes, asked]);
}

/** A question about the prompts as they stand, on the arms on show, as it is kept with its answer. */
export function workOn(state: WorkbenchState, asked: unknown): WorkQuestion {
  return { key: workKey(state, asked), arms: state.shown, pieces: piecesOf(state), normalise: false };
}

/** The map of the question as it stands, or as much of it as there is. */
export function sweepOf(state: WorkbenchState): Kept<SweepResult> | null {
  const question = questionOf(state);
  return question && answerTo(state.closer.patching.sweep, workKey(state, question), state.shown);
}

/** Why the question as it stands has no map; null where there is nothing to tell. */
export function sweepFailure(state: WorkbenchState): string | null {
  const question = questionOf(state);
  return question && failureOf(state.closer.patching.sweep, workKey(state, question));
}

/** Measures the map, the last layer first. */
export async function startSweep(): Promise<void> {
  const state = getState();
  const question = questionOf(state);
  if (!question) return;
  const arms = [...state.shown];
  patchPatching({ cell: null });
  await runWork('sweep', workOn(state, question), (to) =>
    connectedEngine().analyze('activation-patching', { pair: state.pair, arms, ...question, ...to }),
  );
}
