/** First half of an entropy: every lane's sum. */

import wgsl from '../../../shaders/entropy.wgsl?raw';
import nanWgsl from '../../../shaders/lib/nan.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const entropyKernel = flatKernel('entropy', `${wgsl}\n${nanWgsl}`, ['read', 'read', 'write']);

/** Tensors: x [rows, n], lse [rows], shares [rows, lanes]. */
export function entropy(rows: number, n: number, lanes: number): Dispatch {
  return flatDispatch(entropyKernel, rows * lanes, [rows, n, lanes], 8 * rows * n);
}
