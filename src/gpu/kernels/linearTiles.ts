/** x·W for GPUs: tiles in workgroup memory, the depth shared out between workgroups where there would be too few. */

import epilogueWgsl from '../../../shaders/lib/epilogue.wgsl?raw';
import geluWgsl from '../../../shaders/lib/gelu.wgsl?raw';
import partWgsl from '../../../shaders/lib/part.wgsl?raw';
import mergeWgsl from '../../../shaders/linearMerge.wgsl?raw';
import wgsl from '../../../shaders/linearTiles.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel, remembered } from '../kernel.ts';
import { type Rows, variantFor } from '../parts.ts';
import { inFours, productKernel, type Reading } from './fours.ts';
import { type Epilogue, LINEAR_BINDINGS, type LinearShape, linearUniforms, type Onto } from './linear.ts';

/** Columns of a tile. */
export const TILE_COLUMNS = 64;

/** Rows of a tile, and of it those of one invocation: each weight in workgroup memory serves so many. */
export const TILES = {
  16: { rows: 16, each: 4 },
  32: { rows: 32, each: 4 },
  64: { rows: 64, each: 8 },
} as const;
export type TileRows = keyof typeof TILES;

export function tileRowsFor(rows: number): TileRows {
  if (rows <= 16) return 16;
  return rows <= 32 ? 32 : 64;
}

/** The constants of a kernel of tiles. */
export function tileSizes(tile: TileRows) {
  const { rows, each } = TILES[tile];
  return { ROWS: rows, EACH: each, LANES: (16 * rows) / each };
}

export const linearTilesKernel = remembered((tile: TileRows, fours: boolean, normed: boolean) =>
  productKernel(`linearTiles ${tile}`, wgsl, TILES[tile].each, tileSizes(tile), { fours, normed }),
);

export const linearMergeKernel = flatKernel(
  'linearMerge',
  [mergeWgsl, partWgsl, geluWgsl, epilogueWgsl].join('\n'),
  LINEAR_BINDINGS,
);

/** Odd widths, which no real GPT-2 has, are not worth a kernel per tile. */
export const ODD_TILE = 32;

/** Tensors as those of `linear`; with eps given (null: linear norm) gain in place of residual, and shift at the end. */
export function linearTiles(
  part: Rows,
  shape: LinearShape,
  onto: Onto,
  epilogue: Epilogue,
  { slices = 1, eps }: { slices?: number; eps?: number | null } = {},
): Dispatch {
  const { rows, groups, count } = shape;
  const reading: Reading = { fours: inFours(part, shape), normed: eps !== undefined };
  const tile = reading.fours ? tileRowsFor(rows) : ODD_TILE;
  return {
    kernel: variantFor(linearTilesKernel(tile, reading.fours, reading.normed), part),
    uniforms: linearUniforms(part, shape, onto, epilogue, { slices, eps: eps ?? null }),
    grid: [Math.ceil(count / TILE_COLUMNS), Math.ceil(rows / tile), groups * slices],
    work: rows * part.rows * count,
  };
}

/** Adds up what linearTiles left. Tensors as those of `linear`, the shares [slices, rows, count] in place of x. */
export function linearMerge(
  part: Rows,
  shape: LinearShape,
  onto: Onto,
  epilogue: Epilogue,
  slices: number,
): Dispatch {
  const uniforms = linearUniforms(part, shape, onto, epilogue, { slices });
  const n = shape.rows * shape.count;
  return flatDispatch(linearMergeKernel, n, uniforms, n * slices);
}
