/** A dot product per group of the last axis. */

import wgsl from '../../../shaders/dotGroups.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const dotGroupsKernel = flatKernel('dotGroups', wgsl, ['read', 'read', 'write']);

/** Tensors: x [rows, groups·m], v [groups·m], y [rows, groups]. */
export function dotGroups(rows: number, groups: number, m: number): Dispatch {
  return flatDispatch(dotGroupsKernel, rows * groups, [rows, groups, m], rows * groups * m);
}
