/** A dot product per group of the last axis. */

import wgsl from '../../../shaders/dotGroups.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const dotGroupsKernel = flatKernel('dotGroups', wgsl, ['read', 'read', 'write']);

/** Tensors: x [rows, groups·m], v [vectors, groups·m] (one or `rows`), y [rows, groups]. */
export function dotGroups(rows: number, groups: number, m: number, vectors: number): Dispatch {
  return flatDispatch(dotGroupsKernel, rows * groups, [rows, groups, m, vectors], rows * groups * m);
}
