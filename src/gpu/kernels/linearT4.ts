/** x·Wᵀ where d is a multiple of 4: an 8 × 8 register tile per invocation, four inputs at a time. */

import wgsl from '../../../shaders/linearT4.wgsl?raw';
import type { Dispatch } from '../kernel.ts';
import { byStorage, partUniforms, type Rows, variantFor, WEIGHT4 } from '../parts.ts';

const TILE = 8;
const LANES = 16;

export const linearT4Kernel = byStorage(
  { name: 'linearT4', wgsl, bindings: ['read', 'read', 'write'], constants: { LANES } },
  WEIGHT4,
);

/** Tensors: x [rows, d], a part of W [n, d], y [rows, n]. */
export function linearT4(part: Rows, rows: number, n: number): Dispatch {
  return {
    kernel: variantFor(linearT4Kernel, part),
    uniforms: [...partUniforms(part), rows, n],
    grid: [Math.ceil(part.rows / (TILE * LANES)), Math.ceil(rows / TILE), 1],
    work: rows * part.rows * part.width,
  };
}
