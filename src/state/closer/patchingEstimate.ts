/** Attribution patching beside activation patching, on these prompts or a set of pairs: what is asked, and how pairs are typed. */

import type { AttributionPatchingParameters, PatchPair } from '../../analysis/types/index.ts';
import { InputError } from '../../base/errors.ts';
import { connectedEngine } from '../session.ts';
import { getState } from '../store.ts';
import type { WorkbenchState } from '../types.ts';
import type { EstimateResult, Kept } from './patching.ts';
import { piecesOf, questionOf, whyNotPatched, workKey } from './patchingRuns.ts';
import { answerTo, runWork } from './patchingWork.ts';

/** Pairs as they are typed, one a line; what is left out at its end is taken from the fields above. InputError naming the line. */
export function pairsIn(typed: string, words: Pick<PatchPair, 'target' | 'contrast'>): PatchPair[] {
  const pairs = typed.split('\n').flatMap((line, i): PatchPair[] => {
    if (line.trim() === '') return [];
    const [clean, corrupted, target, contrast, ...rest] = line.split('|');
    if (!clean || !corrupted || target === '' || contrast === '' || rest.length > 0)
      throw new InputError(
        `Line ${i + 1} is no pair. Write clean prompt|corrupted prompt|target|contrast, spaces exactly as they belong; target and contrast may be left out.`,
        { line: i + 1 },
      );
    const own = target === undefined ? words : { target, ...(contrast !== undefined && { contrast }) };
    return [{ clean: { text: clean }, corrupted: { text: corrupted }, ...own }];
  });
  if (pairs.length > 0) return pairs;
  throw new InputError(
    'There are no pairs. Type one a line: clean prompt|corrupted prompt|target|contrast.',
    {},
  );
}

/** What decides the numbers, as far as it can be said before the set is made: the settings alone. Null while there is none to ask. */
export function estimateQuestion(state: WorkbenchState): object | null {
  const { over, site, granularity, direction, normalise, typedPairs, target, contrast } =
    state.closer.patching;
  if (over === 'these') {
    const question = questionOf(state);
    return question && { ...question, normalise };
  }
  const what = { site, granularity, direction, normalise, prependBos: state.prependBos };
  return typedPairs.trim() === '' ? null : { typedPairs, target, contrast, ...what };
}

/** Why nothing can be compared as things stand; null where it can. */
export function whyNotEstimated(state: WorkbenchState): string | null {
  const { over, typedPairs } = state.closer.patching;
  if (over === 'these') return whyNotPatched(state);
  return typedPairs.trim() === '' ? 'Type the pairs first, one a line.' : null;
}

/** The comparison of the question as it stands. */
export function estimateOf(state: WorkbenchState): Kept<EstimateResult> | null {
  const asked = estimateQuestion(state);
  return asked && answerTo(state.closer.patching.estimate, workKey(state, asked), state.shown);
}

/** Estimates by gradient and measures by patching, over the prompts chosen. */
export async function startEstimate(): Promise<void> {
  const state = getState();
  const asked = estimateQuestion(state);
  if (!asked) return;
  const arms = [...state.shown];
  const { over, normalise } = state.closer.patching;
  const pieces = over === 'these' ? piecesOf(state) : [];
  await runWork(
    'estimate',
    { key: workKey(state, asked), arms, pieces, normalise },
    async ({ signal, onProgress }) =>
      connectedEngine().analyze('attribution-patching', {
        ...{ pair: state.pair, arms, signal, onProgress, prependBos: state.prependBos },
        ...promptsOf(state),
      }),
  );
}

/** The prompts and what is patched, as the engine takes them. */
function promptsOf(state: WorkbenchState): AttributionPatchingParameters {
  const { over, site, granularity, direction, normalise, typedPairs, target, contrast } =
    state.closer.patching;
  const what = { site, granularity, direction, normalise };
  const question = over === 'these' && questionOf(state);
  if (question) return { ...question, normalise };
  const ids = (tokens: readonly { id: number }[]) => tokens.map(({ id }) => id);
  const words = { target: ids(target), ...(contrast.length > 0 && { contrast: ids(contrast) }) };
  return { pairs: pairsIn(typedPairs, words), ...what };
}
