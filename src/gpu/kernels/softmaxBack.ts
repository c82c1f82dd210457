/** The gradient of softmax's input, one invocation per row. */

import wgsl from '../../../shaders/softmaxBack.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

const softmaxBackKernel = flatKernel('softmaxBack', wgsl, ['read', 'read', 'write']);

/** Tensors: dy, y, dx [rows, n]. */
export function softmaxBack(rows: number, n: number): Dispatch {
  return flatDispatch(softmaxBackKernel, rows, [rows, n], 4 * rows * n);
}
