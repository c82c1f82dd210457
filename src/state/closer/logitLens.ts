/** The logit lens as it was left. */

import type { LensScale } from '../../analysis/types/index.ts';

/** What the grid is coloured by. */
export type LensColour = 'top' | 'next' | 'target' | 'rank' | 'entropy';

export interface LogitLensSettings {
  scale: LensScale;
  colour: LensColour;
}

export const INITIAL_LOGIT_LENS: LogitLensSettings = { scale: 'recomputed', colour: 'top' };
