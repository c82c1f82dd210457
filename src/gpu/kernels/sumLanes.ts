/** Sums the lanes of a row: the last step of every reduction that is a sum. */

import wgsl from '../../../shaders/sumLanes.wgsl?raw';
import { type Dispatch, f32Bits, flatDispatch, flatKernel } from '../kernel.ts';

export const sumLanesKernel = flatKernel('sumLanes', wgsl, ['read', 'write']);

/** Tensors: shares [rows, lanes, parts], y [rows, parts]. */
export function sumLanes(rows: number, lanes: number, parts = 1, factor = 1): Dispatch {
  const uniforms = [rows, lanes, parts, f32Bits(factor)];
  return flatDispatch(sumLanesKernel, rows * parts, uniforms, rows * lanes * parts);
}
