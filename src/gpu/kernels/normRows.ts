/** A norm over rows, a workgroup each. */

import totalWgsl from '../../../shaders/lib/total.wgsl?raw';
import wgsl from '../../../shaders/normRows.wgsl?raw';
import { type Dispatch, f32Bits, type Kernel, MAX_WORKGROUPS } from '../kernel.ts';

const LANES = 128;

export const normRowsKernel: Kernel = {
  name: 'normRows',
  wgsl: [`const LANES = ${LANES}u;`, wgsl, totalWgsl].join('\n'),
  bindings: ['read', 'read', 'read', 'write', 'write'],
  constants: {},
};

/** Tensors: x [rows, d], w [d], b [d], y [rows, d], scale [rows]. eps null: linear. */
export function normRows(rows: number, d: number, eps: number | null): Dispatch {
  const lines = Math.ceil(rows / MAX_WORKGROUPS);
  return {
    kernel: normRowsKernel,
    uniforms: [rows, d, Number(eps !== null), f32Bits(eps ?? 0)],
    grid: [Math.ceil(rows / lines), lines, 1],
    work: 4 * rows * d,
  };
}
