/** Attribution patching beside activation patching, on these prompts or a set of pairs: what is asked, and how pairs are typed. */

import type {
  AttributionPatchingParameters,
  PatchPair,
  PatchParameters,
} from '../../analysis/types/index.ts';
import { InputError } from '../../base/errors.ts';
import { speaksIds } from '../selectors.ts';
import { connectedEngine } from '../session.ts';
import { getState } from '../store.ts';
import type { WorkbenchState } from '../types.ts';
import type { EstimateResult, Kept } from './patching.ts';
import { piecesOf, questionOf, whyNotPatched, workKey } from './patchingRuns.ts';
import { answerTo, failureOf, runWork } from './patchingWork.ts';

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

/** What decides the numbers: of a set its making, since its prompts are known only once it is made. Null while there is none to ask. */
export function estimateQuestion(state: WorkbenchState): object | null {
  const { over, normalise, typedPairs, target, contrast } = state.closer.patching;
  if (over === 'these') {
    const question = questionOf(state);
    return question && { ...question, normalise };
  }
  if (whyNotEstimated(state) !== null) return null;
  const what = { ...whatOf(state), prependBos: state.prependBos };
  return over === 'ioi' ? { ioi: ioiOf(state), ...what } : { typedPairs, target, contrast, ...what };
}

/** Why nothing can be compared as things stand; null where it can. */
export function whyNotEstimated(state: WorkbenchState): string | null {
  const { over, typedPairs } = state.closer.patching;
  if (over === 'these') return whyNotPatched(state);
  if (over === 'typed') return typedPairs.trim() === '' ? 'Type the pairs first, one a line.' : null;
  if (speaksIds(state)) return 'These models have no tokenizer, so there are no names to draw.';
  const { count, seed } = ioiOf(state);
  if (!isWhole(count, 1, MOST_PAIRS)) return `How many pairs is a whole number from 1 to ${MOST_PAIRS}.`;
  return isWhole(seed, 0, 2 ** 32 - 1) ? null : 'The seed is a whole number from 0.';
}

/** More would run for an hour on a small device. */
const MOST_PAIRS = 480;

const isWhole = (value: number, least: number, most: number) =>
  Number.isInteger(value) && value >= least && value <= most;

/** The seeded set as typed; NaN for what is no number. */
function ioiOf({ closer }: WorkbenchState): { count: number; seed: number } {
  const { ioiCount, ioiSeed } = closer.patching;
  const typed = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));
  return { count: typed(ioiCount), seed: typed(ioiSeed) };
}

/** The comparison of the question as it stands. */
export function estimateOf(state: WorkbenchState): Kept<EstimateResult> | null {
  const asked = estimateQuestion(state);
  return asked && answerTo(state.closer.patching.estimate, workKey(state, asked), state.shown);
}

/** Why the question as it stands has no comparison; null where there is nothing to tell. */
export function estimateFailure(state: WorkbenchState): string | null {
  const asked = estimateQuestion(state);
  return asked && failureOf(state.closer.patching.estimate, workKey(state, asked));
}

/** Estimates by gradient and measures by patching, over the prompts chosen. */
export async function startEstimate(): Promise<void> {
  const state = getState();
  const asked = estimateQuestion(state);
  if (!asked) return;
  const arms = [...state.shown];
  const { over, normalise } = state.closer.patching;
  const pieces = over === 'these' ? piecesOf(state) : [];
  const work = { key: workKey(state, asked), arms, pieces, normalise };
  await runWork('estimate', work, async ({ signal, onProgress }) =>
    connectedEngine().analyze('attribution-patching', {
      ...{ pair: state.pair, arms, signal, onProgress, prependBos: state.prependBos },
      ...(await promptsOf(state)),
    }),
  );
}

/** The prompts and what is patched, as the engine takes them. */
async function promptsOf(state: WorkbenchState): Promise<AttributionPatchingParameters> {
  const { over, normalise, typedPairs, target, contrast } = state.closer.patching;
  if (over === 'ioi') {
    const pairs = await connectedEngine().ioi({ pair: state.pair, ...ioiOf(state) });
    return { pairs, ...whatOf(state) };
  }
  const question = over === 'these' && questionOf(state);
  if (question) return { ...question, normalise };
  const ids = (tokens: readonly { id: number }[]) => tokens.map(({ id }) => id);
  const words = { target: ids(target), ...(contrast.length > 0 && { contrast: ids(contrast) }) };
  return { pairs: pairsIn(typedPairs, words), ...whatOf(state) };
}

function whatOf({ closer }: WorkbenchState): PatchParameters {
  const { site, granularity, direction, normalise } = closer.patching;
  return { site, granularity, direction, normalise };
}
