/** The gradients of a norm's input and of its σ, one invocation per row. */

import wgsl from '../../../shaders/normBack.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';
import { normUniforms } from './norm.ts';

const normBackKernel = flatKernel('normBack', wgsl, ['read', 'read', 'read', 'write', 'write']);

/** Tensors: dy, x [rows, d], w [d], dx [rows, d], dScale [rows]. eps null: linear. */
export function normBack(rows: number, d: number, eps: number | null): Dispatch {
  return flatDispatch(normBackKernel, rows, normUniforms(rows, d, eps), 8 * rows * d);
}
