/** The gradients of a norm's input and of its σ, a workgroup per row. */

import shapeWgsl from '../../../shaders/lib/normBackShape.wgsl?raw';
import totalWgsl from '../../../shaders/lib/total.wgsl?raw';
import wgsl from '../../../shaders/normBackRows.wgsl?raw';
import { type Dispatch, type Kernel, MAX_WORKGROUPS } from '../kernel.ts';
import { normUniforms } from './norm.ts';
import { NORM_BACK_BINDINGS } from './normBack.ts';

const LANES = 128;

const normBackRowsKernel: Kernel = {
  name: 'normBackRows',
  wgsl: [`const LANES = ${LANES}u;`, wgsl, totalWgsl, shapeWgsl].join('\n'),
  bindings: NORM_BACK_BINDINGS,
  constants: {},
};

/** Tensors: dy, x [rows, d], w [d], dx [rows, d], dScale [rows]. eps null: linear. */
export function normBackRows(rows: number, d: number, eps: number | null): Dispatch {
  const lines = Math.ceil(rows / MAX_WORKGROUPS);
  return {
    kernel: normBackRowsKernel,
    uniforms: normUniforms(rows, d, eps),
    grid: [Math.ceil(rows / lines), lines, 1],
    work: 8 * rows * d,
  };
}
