/** One cell of a patching map: the edit that it is, the run behind it, and keeping it as an edit on the page. */

import type { AnalysisRequest, Edit } from '../../engine/api.ts';
import { addEdit } from '../edits/actions.ts';
import { speaksIds } from '../selectors.ts';
import { connectedEngine } from '../session.ts';
import { getState, setState } from '../store.ts';
import type { WorkbenchState } from '../types.ts';
import type { Kept, PatchCell, PatchedRun } from './patching.ts';
import { patchPatching } from './patchingPrompts.ts';
import { type PatchingQuestion, questionOf, workKey, workOn } from './patchingRuns.ts';
import { answerTo, failureOf, runWork } from './patchingWork.ts';

type FromRun = Extract<Edit, { kind: 'from-run' }>;

/** The edit that is one cell of a map, and the prompt it is made on. */
export function cellEdit(
  question: PatchingQuestion,
  { layer, ...place }: PatchCell,
): { tokens: number[]; edit: FromRun } {
  const { site, direction, clean, corrupted } = question;
  const [into, source] = direction === 'denoising' ? [corrupted, clean] : [clean, corrupted];
  return { tokens: into.tokens, edit: { kind: 'from-run', site: `L${layer}.${site}`, ...place, source } };
}

/** What is asked for one cell. */
function cellQuestion(state: WorkbenchState): { question: PatchingQuestion; cell: PatchCell } | null {
  const question = questionOf(state);
  const { cell } = state.closer.patching;
  return question && cell && { question, cell };
}

/** The patched run of the chosen cell, where it has been asked for. */
export function patchedRunOf(state: WorkbenchState): Kept<PatchedRun> | null {
  const asked = cellQuestion(state);
  return asked && answerTo(state.closer.patching.patchedRun, workKey(state, asked), state.shown);
}

/** Why the chosen cell has no run; null where there is nothing to tell. */
export function patchedRunFailure(state: WorkbenchState): string | null {
  const asked = cellQuestion(state);
  return asked && failureOf(state.closer.patching.patchedRun, workKey(state, asked));
}

/** Chooses a cell; the same again lets go of it. */
export function toggleCell(cell: PatchCell): void {
  const { cell: chosen } = getState().closer.patching;
  patchPatching({ cell: JSON.stringify(chosen) === JSON.stringify(cell) ? null : cell });
}

/** Predictions told of each run: so many that what is likely in one is nearly always among those of the others. */
const LIKELIEST = 60;

/** Runs the chosen cell's patch, and both prompts without it, for their predictions at the last position. */
export async function startPatchedRun(): Promise<void> {
  const state = getState();
  const asked = cellQuestion(state);
  if (!asked) return;
  const { question, cell } = asked;
  const { tokens, edit } = cellEdit(question, cell);
  const arms = [...state.shown];
  const score = [...question.target, ...(question.contrast ?? [])];
  await runWork('patchedRun', workOn(state, asked), async ({ signal }) => {
    const predictions = (change: Pick<AnalysisRequest<'predictions'>, 'tokens' | 'edits'>) =>
      connectedEngine().analyze('predictions', {
        ...{ pair: state.pair, arms, k: LIKELIEST, score, signal },
        engine: 'wgsl', // edits need our own kernels: all three runs on the same ones
        ...change,
      });
    const clean = await predictions(question.clean);
    const corrupted = await predictions(question.corrupted);
    return { clean, corrupted, patched: await predictions({ tokens, edits: [edit] }) };
  });
}

/** Makes the prompt that is patched the one of the page, and the chosen cell an edit there, so that every panel shows it. */
export function keepAsEdit(): Promise<void> {
  const state = getState();
  const asked = cellQuestion(state);
  if (!asked) return Promise.resolve();
  const { direction, target, contrast, clean, corrupted } = state.closer.patching;
  const [into, from] = direction === 'denoising' ? [corrupted, clean] : [clean, corrupted];
  const { edit } = cellEdit(asked.question, asked.cell);
  const named = { source: { text: from, prependBos: state.prependBos } }; // its chip says the text
  setState({ text: into, position: null, target, contrast });
  return addEdit(speaksIds(state) ? edit : { ...edit, ...named });
}
