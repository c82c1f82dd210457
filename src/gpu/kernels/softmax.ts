/** Softmax over rows, one invocation each. */

import nanWgsl from '../../../shaders/lib/nan.wgsl?raw';
import wgsl from '../../../shaders/softmax.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel, NAN_BITS } from '../kernel.ts';

export const softmaxKernel = flatKernel('softmax', `${wgsl}\n${nanWgsl}`, ['read', 'write']);

/** Tensors: x, y [rows, n]. */
export function softmax(rows: number, n: number): Dispatch {
  return flatDispatch(softmaxKernel, rows, [rows, n, NAN_BITS], 8 * rows * n);
}
