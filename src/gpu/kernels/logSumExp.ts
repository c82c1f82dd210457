/** First half of ln Σ e^x: every lane's maximum and sum. */

import nanWgsl from '../../../shaders/lib/nan.wgsl?raw';
import wgsl from '../../../shaders/logSumExp.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel, NAN_BITS } from '../kernel.ts';

export const logSumExpKernel = flatKernel('logSumExp', `${wgsl}\n${nanWgsl}`, ['read', 'write']);

/** Tensors: x [rows, n], shares [rows, lanes, 2]. */
export function logSumExp(rows: number, n: number, lanes: number): Dispatch {
  return flatDispatch(logSumExpKernel, rows * lanes, [rows, n, lanes, NAN_BITS], 8 * rows * n);
}
