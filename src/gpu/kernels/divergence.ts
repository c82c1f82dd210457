/** First half of KL both ways and JSD: every lane's three sums. */

import wgsl from '../../../shaders/divergence.wgsl?raw';
import nanWgsl from '../../../shaders/lib/nan.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const divergenceKernel = flatKernel('divergence', `${wgsl}\n${nanWgsl}`, [
  'read',
  'read',
  'read',
  'read',
  'write',
]);

/** Tensors: a [rows, n], lseA [rows], b [rows, n], lseB [rows], shares [rows, lanes, 3]. */
export function divergence(rows: number, n: number, lanes: number): Dispatch {
  return flatDispatch(divergenceKernel, rows * lanes, [rows, n, lanes], 32 * rows * n);
}
