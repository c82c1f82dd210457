/** x·W + b on a window of columns, or group by group: an 8 × 8 register tile per invocation. */

import wgsl from '../../../shaders/linear.wgsl?raw';
import type { Dispatch } from '../kernel.ts';
import { byStorage, partUniforms, type Rows, variantFor, WEIGHT } from '../parts.ts';

/** Rows and columns of the tile: written out in the shader, since registers cannot be indexed. */
const TILE = 8;
const LANES = 16;

export const linearKernel = byStorage(
  { name: 'linear', wgsl, bindings: ['read', 'read', 'read', 'write'], constants: { LANES } },
  WEIGHT,
);

export interface LinearShape {
  readonly rows: number;
  readonly groups: number;
  /** Inputs of one group. */
  readonly depth: number;
  /** The window of W's columns that is wanted. */
  readonly start: number;
  readonly count: number;
}

/** What the sums are added to; `y` is what y holds already. */
const ONTO = { nothing: 0, b: 1, y: 2 };

/** Tensors: x [rows, groups·depth], a part of W [groups·depth, width], b [width] (any unless onto b), y [rows, groups, count]. */
export function linear(part: Rows, shape: LinearShape, onto: keyof typeof ONTO): Dispatch {
  const { rows, groups, depth, start, count } = shape;
  return {
    kernel: variantFor(linearKernel, part),
    uniforms: [...partUniforms(part), rows, groups, depth, start, count, ONTO[onto]],
    grid: [Math.ceil(count / (TILE * LANES)), Math.ceil(rows / TILE), groups],
    work: rows * part.rows * count,
  };
}
