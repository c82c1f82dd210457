/** How the panel on the exactness of attribution was left. */

import type { DirectEffectTargets } from '../../analysis/types/index.ts';

export interface ExactnessSettings {
  /** What the scatter and the numbers are of. */
  unit: 'head' | 'neuron';
  /** Which token each position of the prompt explains, when all are asked. */
  targets: DirectEffectTargets;
}

export const INITIAL_EXACTNESS: ExactnessSettings = { unit: 'head', targets: 'next' };
