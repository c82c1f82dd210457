/** One entry per row. */

import wgsl from '../../../shaders/gather.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const gatherKernel = flatKernel('gather', wgsl, ['read', 'read', 'write']);

/** Tensors: x [rows, n], ids [rows], y [rows]. */
export function gather(rows: number, n: number): Dispatch {
  return flatDispatch(gatherKernel, rows, [rows, n]);
}
