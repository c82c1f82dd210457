/** x·Wᵀ for any d: a 4 × 4 register tile per invocation. */

import weightWgsl from '../../../shaders/lib/weight.wgsl?raw';
import wgsl from '../../../shaders/linearT.wgsl?raw';
import { byStorage, type Dispatch } from '../kernel.ts';

const TILE = 4;
const LANES = 16;

export const linearTKernel = byStorage({
  name: 'linearT',
  wgsl: `${wgsl}\n${weightWgsl}`,
  bindings: ['read', 'read', 'write'],
  constants: { LANES },
});

/** Tensors: x [rows, d], W [n, d], y [rows, n]. */
export function linearT(storage: 'f32' | 'f16', rows: number, d: number, n: number): Dispatch {
  return {
    kernel: linearTKernel[storage],
    uniforms: [rows, d, n],
    grid: [Math.ceil(n / (TILE * LANES)), Math.ceil(rows / TILE), 1],
    work: rows * d * n,
  };
}
