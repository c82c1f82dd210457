/** `norm-surgery`: models with LayerNorm while its scales are replaced by fixed numbers. */

import { normSurgery, normSurgeryHooks } from '../../analysis/normSurgery.ts';
import { InputError } from '../../base/errors.ts';
import { refuseEdits } from '../edits.ts';
import { type AnalysisSpec, oneOf } from './spec.ts';

export const normSurgerySpec: AnalysisSpec<'norm-surgery'> = {
  edits: true,
  hooks: ({ logits }) => normSurgeryHooks(logits),
  arm: ({ arm, run, parameters, context }) => {
    const { sites = 'paper', by = 'cumulative', value = 'prompt' } = parameters;
    refuseEdits('norm-surgery', run.cache.edits);
    checkValue(value);
    return normSurgery(run, {
      sites,
      by: oneOf('by', by, ['cumulative', 'kind', 'single'] as const),
      value,
      piece: context.piece,
      onStep: (done, total) => context.step(done, total, `removing LayerNorm of ${arm}`),
    });
  },
};

/** A scale that can be divided by, for every site or for each; whether every site has one is the analysis's to say. */
function checkValue(value: unknown): void {
  if (value === 'prompt') return;
  const numbers = typeof value === 'object' && value !== null ? Object.values(value) : [value];
  if (
    numbers.length > 0 &&
    numbers.every((sigma) => typeof sigma === 'number' && Number.isFinite(sigma) && sigma > 0)
  )
    return;
  throw new InputError(
    "value must be 'prompt', a number above 0, or a number above 0 for each site, like {'blocks.0.ln1': 1.8, ln_final: 16}.",
    { value },
  );
}
