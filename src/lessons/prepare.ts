/** The page made ready for a lesson: its models and question, nothing pinned, edited or opened. */

import { chooseExample } from '../state/actions.ts';
import { choosePair } from '../state/models/switchPair.ts';
import { currentPair, isAtHand } from '../state/selectors.ts';
import { getState } from '../state/store.ts';
import type { WorkbenchState } from '../state/types.ts';
import { WITH, WITHOUT } from './read.ts';
import type { Lesson } from './types.ts';

/** Always at hand. */
const DEMO = 'demo';

/** Nothing pinned, edited or opened. */
const PLAIN = {
  shown: [WITH, WITHOUT],
  compare: [WITH, WITHOUT],
  attributionView: 'component',
  edits: [],
  editView: 'edited',
  editForm: false,
  pinned: null,
  neuron: null,
  colourBy: 'loss',
  open: null,
} satisfies Partial<WorkbenchState>;

/** Asks the lesson's own question, of the present pair where it has both models, else of the demo; nothing once it is left. */
export async function prepare({ example, begin }: Lesson, signal: AbortSignal): Promise<void> {
  if (!hasBothModels(getState())) await choosePair(DEMO);
  if (!signal.aborted) await chooseExample(example, PLAIN, signal);
  if (!signal.aborted) await begin?.();
}

/** Why a lesson cannot be about the question as it stands; null where it can. */
export function whyNotThisQuestion(state: WorkbenchState): string | null {
  if (!hasBothModels(state)) return 'it needs a pair with the original and the LN-free model loaded';
  if (![WITH, WITHOUT].every((arm) => state.shown.includes(arm)))
    return 'it needs the original and the LN-free model on show';
  return state.target.length === 1 && state.contrast.length === 1
    ? null
    : 'it needs one target token and one contrast token';
}

function hasBothModels(state: WorkbenchState): boolean {
  const pair = currentPair(state);
  if (!pair || pair.tokenizer === false) return false;
  return [WITH, WITHOUT].every((arm) => pair.arms.some((each) => each.id === arm && isAtHand(each)));
}
