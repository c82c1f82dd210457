/** A reading in words: the answer first, how much of the text it covers, and what is written of a mean. */

import type {
  CorpusAttribution,
  CorpusBetween,
  CorpusCoverage,
  CorpusMean,
} from '../../analysis/types/index.ts';
import type { AnalysisResult, ArmId } from '../../engine/api.ts';
import { armTitle } from '../../state/selectors.ts';
import { number, percent, signed } from '../../ui/format.ts';

type Result = AnalysisResult<'corpus'>;

/** `3.41 [3.05, 3.80]`, without the interval where there is none. */
export function meanInWords({ mean, interval }: CorpusMean, digits = 3): string {
  const ends = interval?.map((end) => number(end, digits)).join(', ');
  return ends ? `${number(mean, digits)} [${ends}]` : number(mean, digits);
}

/** `12 of 15 windows, 1,524 of 1,858 tokens`. */
export function coverageInWords({ windows, ofWindows, tokens, ofTokens }: CorpusCoverage): string {
  const count = (value: number) => value.toLocaleString('en');
  return `${count(windows)} of ${count(ofWindows)} windows, ${count(tokens)} of ${count(ofTokens)} scored tokens`;
}

/** The two arms that are compared, in the order in which their difference was taken; null where one has not read yet. */
export function comparedIn(
  { between = {} }: Result,
  compared: readonly [ArmId, ArmId] | null,
): { first: ArmId; second: ArmId; of: CorpusBetween } | null {
  if (!compared) return null;
  const [a, b] = compared;
  for (const [first, second] of [
    [a, b],
    [b, a],
  ] as const) {
    const of = between[`${first}|${second}`];
    if (of) return { first, second, of };
  }
  return null;
}

/** The answer, in a sentence or two. */
export function answerInWords(result: Result, compared: readonly [ArmId, ArmId] | null): string {
  const two = comparedIn(result, compared);
  const best = Object.entries(result.arms).reduce((a, b) => (b[1].loss.mean < a[1].loss.mean ? b : a));
  if (!two)
    return `${armTitle(best[0])}: ${number(best[1].loss.mean, 3)} nats a token, ${percent(best[1].accuracy)} of the tokens foreseen.`;
  const { first, second, of } = two;
  const { mean, interval } = of.deltaLoss;
  const settled = interval !== null && (interval[0] > 0 || interval[1] < 0);
  const verdict = settled
    ? `${armTitle(second)} loses ${number(Math.abs(mean), 3)} nats a token ${mean > 0 ? 'more' : 'less'} than ${armTitle(first)}`
    : `${armTitle(second)} and ${armTitle(first)} do about equally well: the difference of ${signed(mean, 3)} nats a token is within what the choice of windows alone makes`;
  const apart = of.jsd
    ? ` Their predictions are ${number(of.jsd.mean, 4)} nats apart on average (JSD, at most ${number(Math.LN2, 3)}).`
    : '';
  return `${verdict}.${apart}`;
}

/** Which head adds most, and how much of that is one direction. */
export function attributionInWords(arm: ArmId, { heads }: CorpusAttribution): string {
  const most = heads.reduce((a, b) => (b.size.mean > a.size.mean ? b : a));
  return `In ${armTitle(arm)}, ${most.label} moves the logit of the token that came most: by ${meanInWords(most.size, 2)} on average, ${signed(most.mean, 2)} with its sign.`;
}

/** Of the engine's own words, which know arms by their ids. */
export function phaseInWords(phase: string, arms: readonly string[]): string {
  return phase
    .split(/([ ,]+)/)
    .map((word) => (arms.includes(word) ? armTitle(word) : word))
    .join('');
}
