/** How many rows a register tile has: each weight read serves so many, and rows that are not there cost as much as others. */

export const TILES = [1, 4, 16, 32] as const;
export type Tile = (typeof TILES)[number];

/** What a row costs in a tile of so many, measured on a software adapter (docs/performance.md); only ratios matter. */
const COST_PER_ROW: Readonly<Record<Tile, number>> = { 1: 5, 4: 1.9, 16: 1.1, 32: 1 };

/** Shallower products gain nothing by the largest tile. */
const DEEP = 512;
/** Elements of a matrix of which products are over before the largest tile has been compiled, which takes twice as long as the next. */
const SMALL = 2 ** 19;

/** The tile that takes the least time for so many rows of a product over this depth. */
export function tileFor(rows: number, depth: number, columns: number): Tile {
  const cost = (tile: Tile) => Math.ceil(rows / tile) * tile * COST_PER_ROW[tile];
  const worth = TILES.filter((tile) => tile <= 16 || (depth > DEEP && depth * columns > SMALL));
  return worth.reduce((best, tile) => (cost(tile) <= cost(best) ? tile : best));
}
