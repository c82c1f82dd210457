/** x·Wᵀ for one to four rows on GPUs: sixteen lanes share a row of W. */

import wgsl from '../../../shaders/linearTRows.wgsl?raw';
import { type Dispatch, MAX_WORKGROUPS, remembered } from '../kernel.ts';
import { partUniforms, type Rows, variantFor } from '../parts.ts';
import { type Lanes, transposedKernel } from './fours.ts';
import { type FewRows, fewRowsFor, ODD_ROWS } from './linearRows.ts';

/** Columns of a workgroup. */
const COLUMNS = 16;

export const linearTRowsKernel = remembered((rows: FewRows, fours: boolean, lanes: Lanes) =>
  transposedKernel(`linearTRows ${rows}`, wgsl, rows, { ROWS: rows }, fours, lanes),
);

/** Tensors: x [rows, d], a part of W [n, d], y [rows, n]. */
export function linearTRows(part: Rows, rows: number, n: number, lanes: Lanes): Dispatch {
  const fours = part.width % 4 === 0;
  const tile = fours ? fewRowsFor(rows) : ODD_ROWS;
  const workgroups = Math.ceil(part.rows / COLUMNS);
  const lines = Math.ceil(workgroups / MAX_WORKGROUPS);
  return {
    kernel: variantFor(linearTRowsKernel(tile, fours, lanes), part),
    uniforms: [...partUniforms(part), rows, n],
    grid: [Math.ceil(workgroups / lines), Math.ceil(rows / tile), lines],
    work: rows * part.rows * part.width,
  };
}
