/** The gradient of gelu_new's input, elementwise. */

import wgsl from '../../../shaders/geluBack.wgsl?raw';
import geluWgsl from '../../../shaders/lib/gelu.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

const geluBackKernel = flatKernel('geluBack', `${wgsl}\n${geluWgsl}`, ['read', 'read', 'write']);

/** Tensors: dy, x, dx, each of n elements. */
export function geluBack(n: number): Dispatch {
  return flatDispatch(geluBackKernel, n, [n], 12 * n);
}
