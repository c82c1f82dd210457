/** `induction`: the prompt read twice, and the last-layer neurons that move when it comes again. */

import { checkCount } from '../../analysis/armRun.ts';
import { induction } from '../../analysis/induction.ts';
import { MAX_NEURONS } from '../../analysis/neuronAblation.ts';
import type { InductionParameters } from '../../analysis/types/index.ts';
import type { ModelConfig } from '../../tensor/params.ts';
import { refuseEdits } from '../edits.ts';
import type { AnalysisContext, AnalysisSpec } from './spec.ts';

export const inductionSpec: AnalysisSpec<'induction'> = {
  edits: true,
  hooks: () => [], // it runs the text that is read twice by itself
  arm: async ({ arm, run, parameters, context }) => {
    const { length = 100, heads = 3 } = parameters;
    refuseEdits('induction', context.edits);
    const { neurons, by } = await chosenNeurons(parameters, run.model.config, context);
    await context.bringBack(arm);
    return induction(run, {
      length,
      neurons,
      by,
      heads,
      piece: context.piece,
      onStep: (done, total) => context.step(done, total, `reading twice with ${arm}`),
    });
  },
};

/** As asked, else the best of one arm's ranking, so that the same indices are shown on every arm. */
async function chosenNeurons(
  { neurons, k = 6, by }: InductionParameters,
  { dMlp }: ModelConfig,
  context: AnalysisContext,
): Promise<{ neurons: readonly number[]; by: string | null }> {
  if (neurons !== undefined) return { neurons, by: null };
  const ranker = by ?? context.arms.find((arm) => arm === 'original') ?? (context.arms[0] as string);
  const count = checkCount('k', k, 1, Math.min(MAX_NEURONS, dMlp));
  const { ranking } = await context.ranked(ranker, undefined);
  return { neurons: ranking.slice(0, count).map(({ neuron }) => neuron), by: ranker };
}
