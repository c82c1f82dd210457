/** The mean over positions. */

import wgsl from '../../../shaders/meanPositions.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

const meanPositionsKernel = flatKernel('meanPositions', wgsl, ['read', 'write']);

/** Tensors: x [batch, pos, d], y [batch, 1, d]. */
export function meanPositions(batch: number, pos: number, d: number): Dispatch {
  return flatDispatch(meanPositionsKernel, batch * d, [batch, pos, d], batch * pos * d);
}
