/** x·Wᵀ for any d: a 4 × 4 register tile per invocation. */

import wgsl from '../../../shaders/linearT.wgsl?raw';
import type { Dispatch } from '../kernel.ts';
import { byStorage, partUniforms, type Rows, variantFor, WEIGHT } from '../parts.ts';

const TILE = 4;
const LANES = 16;

export const linearTKernel = byStorage(
  { name: 'linearT', wgsl, bindings: ['read', 'read', 'write'], constants: { LANES } },
  WEIGHT,
);

/** Tensors: x [rows, d], a part of W [n, d], y [rows, n]. */
export function linearT(part: Rows, rows: number, n: number): Dispatch {
  return {
    kernel: variantFor(linearTKernel, part),
    uniforms: [...partUniforms(part), rows, n],
    grid: [Math.ceil(part.rows / (TILE * LANES)), Math.ceil(rows / TILE), 1],
    work: rows * part.rows * part.width,
  };
}
