/** How far long work of several arms is, with the arms as the page names them. */

import type { Progress } from '../engine/api.ts';
import { armTitle } from '../state/selectors.ts';

/** The engine knows arms by their ids; before the first step it may have to bring them to WebGPU. */
export function phaseInWords({ phase, unit }: Progress, arms: readonly string[]): string {
  if (unit !== 'steps' && unit !== 'arms') return `bringing the models to WebGPU: ${phase}`;
  return phase
    .split(' ')
    .map((word) => (arms.includes(word) ? armTitle(word) : word))
    .join(' ');
}
