/** x·W + b on a window of columns, or group by group, and what follows from it: a register tile per invocation. */

import epilogueWgsl from '../../../shaders/lib/epilogue.wgsl?raw';
import geluWgsl from '../../../shaders/lib/gelu.wgsl?raw';
import wgsl from '../../../shaders/linear.wgsl?raw';
import type { Dispatch } from '../kernel.ts';
import { byStorage, partUniforms, type Rows, variantFor, WEIGHT } from '../parts.ts';
import { unroll } from '../unroll.ts';

const LANES = 16;
/** Columns of the tile. */
const COLUMNS = 8;

function linearKernel(tile: number) {
  const source = [`const TILE = ${tile}u;`, unroll(wgsl, 'r', tile), geluWgsl, epilogueWgsl].join('\n');
  const bindings = ['read', 'read', 'read', 'read', 'write', 'write', 'write'] as const;
  return byStorage({ name: `linear ${tile}`, wgsl: source, bindings, constants: { LANES } }, WEIGHT);
}

/** By the rows of the tile. The larger reads each weight for more rows; few rows would leave it idle. */
export const linearKernels = { 8: linearKernel(8), 16: linearKernel(16) };

export interface LinearShape {
  readonly rows: number;
  readonly groups: number;
  /** Inputs of one group. */
  readonly depth: number;
  /** The window of W's columns that is wanted. */
  readonly start: number;
  readonly count: number;
}

/** What becomes of the sums: shaders/lib/epilogue.wgsl. */
export type Epilogue =
  | { readonly kind: 'plain' }
  | { readonly kind: 'gelu' | 'add'; readonly both: boolean }
  | { readonly kind: 'thirds'; readonly past: number };

const EPILOGUE = { plain: 0, gelu: 1, add: 2, thirds: 3 };

/** What the sums are added to; `y` is what y holds already. */
const ONTO = { nothing: 0, b: 1, y: 2 };

/**
 * Tensors: x [rows, groups·depth], a part of W [groups·depth, width], b [width] (any unless onto b), residual (any
 * unless `add`), y [rows, groups, count], second, third (any unless the epilogue writes them).
 */
export function linear(
  part: Rows,
  shape: LinearShape,
  onto: keyof typeof ONTO,
  epilogue: Epilogue = { kind: 'plain' },
): Dispatch {
  const { rows, groups, depth, start, count } = shape;
  const tile = Math.ceil(rows / 16) * 16 - rows < 8 ? 16 : 8;
  const both = 'both' in epilogue && epilogue.both;
  const past = 'past' in epilogue ? epilogue.past : 0;
  return {
    kernel: variantFor(linearKernels[tile], part),
    uniforms: [
      ...partUniforms(part),
      ...[rows, groups, depth, start, count],
      ...[ONTO[onto], EPILOGUE[epilogue.kind], Number(both), past],
    ],
    grid: [Math.ceil(count / (COLUMNS * LANES)), Math.ceil(rows / tile), groups],
    work: rows * part.rows * count,
  };
}
