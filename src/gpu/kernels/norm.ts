/** Second half of a norm: merges the moments, centres, scales, applies gain and bias. */

import wgsl from '../../../shaders/norm.wgsl?raw';
import { type Dispatch, f32Bits, flatDispatch, flatKernel } from '../kernel.ts';

export const normKernel = flatKernel('norm', wgsl, ['read', 'read', 'read', 'read', 'write', 'write']);

/** Tensors: x [rows, d], w [d], b [d], moments [rows, lanes, 2], y [rows, d], scale [rows]. eps null: linear. */
export function norm(rows: number, d: number, lanes: number, eps: number | null): Dispatch {
  const uniforms = [rows, d, lanes, Number(eps !== null), f32Bits(eps ?? 0)];
  return flatDispatch(normKernel, rows * lanes, uniforms, rows * (2 * d + lanes * lanes));
}
