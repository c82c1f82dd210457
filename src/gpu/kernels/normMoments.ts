/** First half of a norm: mean and squared deviations of every lane's share of a row. */

import wgsl from '../../../shaders/normMoments.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const normMomentsKernel = flatKernel('normMoments', wgsl, ['read', 'write']);

/** Tensors: x [rows, d], moments [rows, lanes, 2]. */
export function normMoments(rows: number, d: number, lanes: number, variance: boolean): Dispatch {
  return flatDispatch(normMomentsKernel, rows * lanes, [rows, d, lanes, Number(variance)], 2 * rows * d);
}
