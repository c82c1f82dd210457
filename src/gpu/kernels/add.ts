/** a + b, elementwise. */

import wgsl from '../../../shaders/add.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const addKernel = flatKernel('add', wgsl, ['read', 'read', 'write']);

/** Tensors: a, b, y, each of n elements. */
export function add(n: number): Dispatch {
  return flatDispatch(addKernel, n, [n]);
}
