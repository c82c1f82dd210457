/** gelu_new, elementwise. */

import wgsl from '../../../shaders/gelu.wgsl?raw';
import geluWgsl from '../../../shaders/lib/gelu.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const geluKernel = flatKernel('gelu', `${wgsl}\n${geluWgsl}`, ['read', 'write']);

/** Tensors: x, y, each of n elements. */
export function gelu(n: number): Dispatch {
  return flatDispatch(geluKernel, n, [n], 8 * n);
}
