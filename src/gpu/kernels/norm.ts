/** A norm over rows, one invocation each: mean, deviation, gain and bias. */

import shapeWgsl from '../../../shaders/lib/normShape.wgsl?raw';
import wgsl from '../../../shaders/norm.wgsl?raw';
import { type Dispatch, f32Bits, flatDispatch, flatKernel } from '../kernel.ts';

/** x, w, b, y, scale: alike in every kernel of norms. */
export const NORM_BINDINGS = ['read', 'read', 'read', 'write', 'write'] as const;

export const normKernel = flatKernel('norm', `${wgsl}\n${shapeWgsl}`, NORM_BINDINGS);

/** Tensors: x [rows, d], w [d], b [d], y [rows, d], scale [rows]. eps null: linear. */
export function norm(rows: number, d: number, eps: number | null): Dispatch {
  return flatDispatch(normKernel, rows, normUniforms(rows, d, eps), 4 * rows * d);
}

/** `Shape` of shaders/lib/normShape.wgsl. */
export function normUniforms(rows: number, d: number, eps: number | null): readonly number[] {
  return [rows, d, Number(eps !== null), f32Bits(eps ?? 0)];
}
