/** Rows, or what they begin with, put somewhere into other rows. */

import wgsl from '../../../shaders/copyRows.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

const copyRowsKernel = flatKernel('copyRows', wgsl, ['read', 'write']);

export interface CopiedRows {
  readonly rows: number;
  /** Elements taken of each. */
  readonly n: number;
  /** Rows of x, each `xStride` long; x begins again after them. */
  readonly xRows: number;
  readonly xStride: number;
  readonly yStride: number;
  /** Where in a row of y they go. */
  readonly start: number;
}

/** Tensors: x [xRows, xStride], y [rows, yStride]. */
export function copyRows({ rows, n, xRows, xStride, yStride, start }: CopiedRows): Dispatch {
  return flatDispatch(copyRowsKernel, rows * n, [rows, n, xRows, xStride, yStride, start]);
}
