/** x·W + b on a window of columns, or group by group: an 8 × 8 register tile per invocation. */

import weightWgsl from '../../../shaders/lib/weight.wgsl?raw';
import wgsl from '../../../shaders/linear.wgsl?raw';
import { byStorage, type Dispatch } from '../kernel.ts';

/** Rows and columns of the tile: written out in the shader, since registers cannot be indexed. */
const TILE = 8;
const LANES = 16;

export const linearKernel = byStorage({
  name: 'linear',
  wgsl: `${wgsl}\n${weightWgsl}`,
  bindings: ['read', 'read', 'read', 'write'],
  constants: { LANES },
});

export interface LinearShape {
  readonly rows: number;
  readonly groups: number;
  /** Inputs of one group. */
  readonly depth: number;
  /** Columns of W, and the window of them that is wanted. */
  readonly width: number;
  readonly start: number;
  readonly count: number;
  readonly hasBias: boolean;
}

/** Tensors: x [rows, groups·depth], W [groups·depth, width], b [width] (any without bias), y [rows, groups, count]. */
export function linear(storage: 'f32' | 'f16', shape: LinearShape): Dispatch {
  const { rows, groups, depth, width, start, count, hasBias } = shape;
  return {
    kernel: linearKernel[storage],
    uniforms: [rows, groups, depth, width, start, count, Number(hasBias)],
    grid: [Math.ceil(count / (TILE * LANES)), Math.ceil(rows / TILE), groups],
    work: rows * groups * depth * count,
  };
}
