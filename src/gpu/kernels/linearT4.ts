/** x·Wᵀ where d is a multiple of 4: a register tile per invocation, four inputs at a time. */

import wgsl from '../../../shaders/linearT4.wgsl?raw';
import type { Dispatch } from '../kernel.ts';
import { byStorage, partUniforms, type Rows, variantFor, WEIGHT4 } from '../parts.ts';
import { unroll } from '../unroll.ts';
import { type Tile, tileFor } from './tiles.ts';

const LANES = 16;
/** Columns of the tile. */
const COLUMNS = 8;

function linearT4Kernel(tile: Tile) {
  const source = [`const TILE = ${tile}u;`, unroll(wgsl, 'r', tile)].join('\n');
  const bindings = ['read', 'read', 'write'] as const;
  return byStorage({ name: `linearT4 ${tile}`, wgsl: source, bindings, constants: { LANES } }, WEIGHT4);
}

/** By the rows of the tile. */
export const linearT4Kernels = {
  1: linearT4Kernel(1),
  4: linearT4Kernel(4),
  16: linearT4Kernel(16),
  32: linearT4Kernel(32),
} satisfies Record<Tile, unknown>;

/** Tensors: x [rows, d], a part of W [n, d], y [rows, n]. */
export function linearT4(part: Rows, rows: number, n: number): Dispatch {
  const tile = tileFor(rows, part.width, n);
  return {
    kernel: variantFor(linearT4Kernels[tile], part),
    uniforms: [...partUniforms(part), rows, n],
    grid: [Math.ceil(part.rows / (COLUMNS * LANES)), Math.ceil(rows / tile), 1],
    work: rows * part.rows * part.width,
  };
}
