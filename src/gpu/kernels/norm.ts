/** A norm over rows, one invocation each: mean, deviation, gain and bias. */

import wgsl from '../../../shaders/norm.wgsl?raw';
import { type Dispatch, f32Bits, flatDispatch, flatKernel } from '../kernel.ts';

export const normKernel = flatKernel('norm', wgsl, ['read', 'read', 'read', 'write', 'write']);

/** Tensors: x [rows, d], w [d], b [d], y [rows, d], scale [rows]. eps null: linear. */
export function norm(rows: number, d: number, eps: number | null): Dispatch {
  const uniforms = [rows, d, Number(eps !== null), f32Bits(eps ?? 0)];
  return flatDispatch(normKernel, rows, uniforms, 4 * rows * d);
}
