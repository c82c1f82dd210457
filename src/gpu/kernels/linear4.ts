/** x·W as `linear`, where widths are multiples of 4: a register tile per invocation that reads the weights four by four. */

import epilogueWgsl from '../../../shaders/lib/epilogue.wgsl?raw';
import geluWgsl from '../../../shaders/lib/gelu.wgsl?raw';
import wgsl from '../../../shaders/linear4.wgsl?raw';
import type { Dispatch } from '../kernel.ts';
import { byStorage, type Rows, variantFor, WEIGHT4 } from '../parts.ts';
import { unroll } from '../unroll.ts';
import { type Epilogue, LINEAR_BINDINGS, type LinearShape, linearUniforms, type Onto } from './linear.ts';
import { type Tile, tileFor } from './tiles.ts';

const LANES = 16;
/** Columns of the tile. */
const COLUMNS = 8;

function linear4Kernel(tile: Tile) {
  const source = [`const TILE = ${tile}u;`, unroll(wgsl, 'r', tile), geluWgsl, epilogueWgsl].join('\n');
  return byStorage(
    { name: `linear4 ${tile}`, wgsl: source, bindings: LINEAR_BINDINGS, constants: { LANES } },
    WEIGHT4,
  );
}

/** By the rows of the tile. */
export const linear4Kernels = {
  1: linear4Kernel(1),
  4: linear4Kernel(4),
  16: linear4Kernel(16),
  32: linear4Kernel(32),
} satisfies Record<Tile, unknown>;

/** Tensors as those of `linear`. Only where `inFours` (fours.ts). */
export function linear4(
  part: Rows,
  shape: LinearShape,
  onto: Onto,
  epilogue: Epilogue = { kind: 'plain' },
): Dispatch {
  const { rows, groups, count } = shape;
  const tile = tileFor(rows, shape.depth, count);
  return {
    kernel: variantFor(linear4Kernels[tile], part),
    uniforms: linearUniforms(part, shape, onto, epilogue),
    grid: [Math.ceil(count / (COLUMNS * LANES)), Math.ceil(rows / tile), groups],
    work: rows * part.rows * count,
  };
}
