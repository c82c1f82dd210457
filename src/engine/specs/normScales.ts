/** `norm-scales`: what each LayerNorm divides by, and the residual stream behind it. */

import { normScales, normScalesHooks } from '../../analysis/normScales.ts';
import type { AnalysisSpec } from './spec.ts';

export const normScalesSpec: AnalysisSpec<'norm-scales'> = {
  hooks: ({ config }) => normScalesHooks(config),
  arm: ({ run, parameters: { centred = true, k = 5 } }) => normScales(run, { centred, k }),
};
