/** Two prompts that differ in one token, and a metric that tells them apart, made of whatever prompt the page has. */

import type { PredictionsArm } from '../analysis/types/index.ts';
import type { Asking } from './asking.ts';

export interface PromptPair {
  question: {
    clean: { tokens: number[] };
    corrupted: { tokens: number[] };
    target: number[];
    contrast: number[];
  };
  /** The position of the token that differs. */
  differing: number;
  /** In words, for `Measurement.on`. */
  on: string;
}

/** Likeliest tokens of each prompt among which the metric is chosen. */
const LIKELIEST = 50;

/**
 * The first `most` tokens of the page's prompt at most, and the same with the middle one replaced by the first after BOS
 * that is another. The target is the token whose logit the first arm raises most from corrupted to clean, the contrast the
 * one it lowers most, so that there is a difference to divide by.
 */
export async function promptPair(asking: Asking, most: number): Promise<PromptPair> {
  const clean = await asking.prompt(most, 4);
  const differing = Math.floor(clean.length / 2);
  const other = clean.find((id, p) => p > 0 && id !== clean[differing]) ?? 0;
  const corrupted = clean.map((id, p) => (p === differing ? other : id));
  const arm = asking.arms[0]?.id ?? '';
  const predict = async (tokens: number[], score: number[] = []): Promise<PredictionsArm> => {
    const { arms } = await asking.analyze('predictions', { tokens, arms: [arm], k: LIKELIEST, score });
    return asking.pick(arms, arm);
  };
  const likely = [await predict(clean), await predict(corrupted)].flatMap(({ top }) =>
    top.map(({ id }) => id),
  );
  const ids = [...new Set(likely)];
  const [a, b] = [await predict(clean, ids), await predict(corrupted, ids)];
  const logit = ({ asked = [] }: PredictionsArm, i: number) => asked[i]?.logit as number; // in the order of `ids`
  const gains = ids.map((id, i) => ({ id, gain: logit(a, i) - logit(b, i) }));
  gains.sort((x, y) => y.gain - x.gain);
  const [target, contrast] = [gains[0]?.id as number, gains.at(-1)?.id as number];
  return {
    question: {
      clean: { tokens: clean },
      corrupted: { tokens: corrupted },
      target: [target],
      contrast: [contrast],
    },
    differing,
    on: `${await asking.promptInWords(clean)}, corrupted at position ${differing}`,
  };
}
