/** Second half of top-k: merges the sorted lists of a row's lanes. */

import wgsl from '../../../shaders/topKMerge.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const topKMergeKernel = flatKernel('topKMerge', wgsl, ['read', 'read', 'read', 'write', 'write']);

/** Tensors: x [rows, n], keys and ids [rows, lanes, k], values and best [rows, k]. */
export function topKMerge(rows: number, n: number, lanes: number, k: number): Dispatch {
  return flatDispatch(topKMergeKernel, rows, [rows, n, lanes, k], 4 * rows * (lanes + k * k));
}
