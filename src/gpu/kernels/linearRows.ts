/** x·W for one to four rows on GPUs: the depth is shared out between the lanes of a workgroup. */

import wgsl from '../../../shaders/linearRows.wgsl?raw';
import { type Dispatch, remembered } from '../kernel.ts';
import { type Rows, variantFor } from '../parts.ts';
import { inFours, type Lanes, productKernel } from './fours.ts';
import { type Epilogue, type LinearShape, linearUniforms, type Onto } from './linear.ts';

/** Columns of a workgroup. */
const COLUMNS = 32;

/** Lanes by the rows of a workgroup: workgroup memory holds what they found, 16 KiB on every device. */
const LANES = { 1: 256, 2: 256, 4: 128 } as const;
export type FewRows = keyof typeof LANES;

/** Odd widths, which no real GPT-2 has, are not worth a kernel per number of rows. */
export const ODD_ROWS = 2;

export function fewRowsFor(rows: number): FewRows {
  if (rows <= 2) return rows === 1 ? 1 : 2;
  return 4;
}

export const linearRowsKernel = remembered((rows: FewRows, fours: boolean, normed: boolean, lanes: Lanes) => {
  const sizes = { ROWS: rows, LANES: LANES[rows] };
  return productKernel(`linearRows ${rows}`, wgsl, rows, sizes, { fours, normed }, lanes);
});

/** Tensors as those of `linear`; with eps given (null: linear norm) gain in place of residual, and shift at the end. */
export function linearRows(
  part: Rows,
  shape: LinearShape,
  onto: Onto,
  epilogue: Epilogue,
  lanes: Lanes,
  eps?: number | null,
): Dispatch {
  const { rows, groups, count } = shape;
  const fours = inFours(part, shape);
  const tile = fours ? fewRowsFor(rows) : ODD_ROWS;
  return {
    kernel: variantFor(linearRowsKernel(tile, fours, eps !== undefined, lanes), part),
    uniforms: linearUniforms(part, shape, onto, epilogue, { eps: eps ?? null }),
    grid: [Math.ceil(count / COLUMNS), Math.ceil(rows / tile), groups],
    work: rows * part.rows * count,
  };
}
