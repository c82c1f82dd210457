/** A norm over rows, a workgroup each. */

import shapeWgsl from '../../../shaders/lib/normShape.wgsl?raw';
import totalWgsl from '../../../shaders/lib/total.wgsl?raw';
import totalAcrossWgsl from '../../../shaders/lib/totalAcross.wgsl?raw';
import wgsl from '../../../shaders/normRows.wgsl?raw';
import { type Dispatch, type Kernel, MAX_WORKGROUPS } from '../kernel.ts';
import { type Lanes, LIBRARIES } from './fours.ts';
import { NORM_BINDINGS, normUniforms } from './norm.ts';

const LANES = 128;

const COUNT = `const LANES = ${LANES}u;`;

function normRowsKernel(name: string, parts: readonly string[]): Kernel {
  return { name, wgsl: [...parts, shapeWgsl].join('\n'), bindings: NORM_BINDINGS, constants: {} };
}

/** By how the lanes add up what they hold. */
export const normRowsKernels: Readonly<Record<Lanes, Kernel>> = {
  alone: normRowsKernel('normRows', [COUNT, wgsl, totalWgsl]),
  subgroups: normRowsKernel('normRows subgroups', [LIBRARIES.subgroups, COUNT, wgsl, totalAcrossWgsl]),
};

/** Tensors: x [rows, d], w [d], b [d], y [rows, d], scale [rows]. eps null: linear. */
export function normRows(rows: number, d: number, eps: number | null, lanes: Lanes): Dispatch {
  const lines = Math.ceil(rows / MAX_WORKGROUPS);
  return {
    kernel: normRowsKernels[lanes],
    uniforms: normUniforms(rows, d, eps),
    grid: [Math.ceil(rows / lines), lines, 1],
    work: 4 * rows * d,
  };
}
