/** x·Wᵀ for GPUs: tiles in workgroup memory. */

import wgsl from '../../../shaders/linearTTiles.wgsl?raw';
import { type Dispatch, remembered } from '../kernel.ts';
import { partUniforms, type Rows, variantFor } from '../parts.ts';
import { transposedKernel } from './fours.ts';
import { ODD_TILE, TILE_COLUMNS, TILES, type TileRows, tileRowsFor, tileSizes } from './linearTiles.ts';

export const linearTTilesKernel = remembered((tile: TileRows, fours: boolean) =>
  transposedKernel(`linearTTiles ${tile}`, wgsl, TILES[tile].each, tileSizes(tile), fours),
);

/** Tensors: x [rows, d], a part of W [n, d], y [rows, n]. */
export function linearTTiles(part: Rows, rows: number, n: number): Dispatch {
  const fours = part.width % 4 === 0;
  const tile = fours ? tileRowsFor(rows) : ODD_TILE;
  return {
    kernel: variantFor(linearTTilesKernel(tile, fours), part),
    uniforms: [...partUniforms(part), rows, n],
    grid: [Math.ceil(part.rows / TILE_COLUMNS), Math.ceil(rows / tile), 1],
    work: rows * part.rows * part.width,
  };
}
