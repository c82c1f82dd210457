/** Second half of ln Σ e^x: merges the lanes of a row. */

import nanWgsl from '../../../shaders/lib/nan.wgsl?raw';
import wgsl from '../../../shaders/logSumExpMerge.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const logSumExpMergeKernel = flatKernel('logSumExpMerge', `${wgsl}\n${nanWgsl}`, ['read', 'write']);

/** Tensors: shares [rows, lanes, 2], y [rows]. */
export function logSumExpMerge(rows: number, lanes: number): Dispatch {
  return flatDispatch(logSumExpMergeKernel, rows, [rows, lanes], 8 * rows * lanes);
}
