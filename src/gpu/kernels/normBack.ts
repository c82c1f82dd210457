/** The gradients of a norm's input and of its σ, one invocation per row. */

import shapeWgsl from '../../../shaders/lib/normBackShape.wgsl?raw';
import wgsl from '../../../shaders/normBack.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';
import { normUniforms } from './norm.ts';

/** dy, x, w, dx, dScale: alike in both kernels. */
export const NORM_BACK_BINDINGS = ['read', 'read', 'read', 'write', 'write'] as const;

const normBackKernel = flatKernel('normBack', `${wgsl}\n${shapeWgsl}`, NORM_BACK_BINDINGS);

/** Tensors: dy, x [rows, d], w [d], dx [rows, d], dScale [rows]. eps null: linear. */
export function normBack(rows: number, d: number, eps: number | null): Dispatch {
  return flatDispatch(normBackKernel, rows, normUniforms(rows, d, eps), 8 * rows * d);
}
