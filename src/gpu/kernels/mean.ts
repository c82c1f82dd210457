/** First half of a mean: every lane's sum. */

import wgsl from '../../../shaders/mean.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const meanKernel = flatKernel('mean', wgsl, ['read', 'write']);

/** Tensors: x [rows, n], shares [rows, lanes]. */
export function mean(rows: number, n: number, lanes: number): Dispatch {
  return flatDispatch(meanKernel, rows * lanes, [rows, n, lanes], rows * n);
}
