/** x·Wᵀ where d is a multiple of 4: an 8 × 8 register tile per invocation, four inputs at a time. */

import weight4Wgsl from '../../../shaders/lib/weight4.wgsl?raw';
import wgsl from '../../../shaders/linearT4.wgsl?raw';
import { byStorage, type Dispatch } from '../kernel.ts';

const TILE = 8;
const LANES = 16;

export const linearT4Kernel = byStorage({
  name: 'linearT4',
  wgsl: `${wgsl}\n${weight4Wgsl}`,
  bindings: ['read', 'read', 'write'],
  constants: { LANES },
});

/** Tensors: x [rows, d], W [n, d], y [rows, n]. */
export function linearT4(storage: 'f32' | 'f16', rows: number, d: number, n: number): Dispatch {
  return {
    kernel: linearT4Kernel[storage],
    uniforms: [rows, d, n],
    grid: [Math.ceil(n / (TILE * LANES)), Math.ceil(rows / TILE), 1],
    work: rows * d * n,
  };
}
