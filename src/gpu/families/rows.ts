/** Kernels for one to four rows on GPUs, as in decoding: what they wait for is the weights, which all lanes read at once. */

import { attentionTiles, attentionTilesKernel } from '../kernels/attentionTiles.ts';
import type { Lanes } from '../kernels/fours.ts';
import { linearRows, linearRowsKernel } from '../kernels/linearRows.ts';
import { linearTRows, linearTRowsKernel } from '../kernels/linearTRows.ts';
import { normBackRows } from '../kernels/normBackRows.ts';
import { normRows, normRowsKernels } from '../kernels/normRows.ts';
import { epsOf, type Family } from './family.ts';

function rowsFamily(name: 'rows' | 'subgroups', lanes: Lanes): Family {
  return {
    name,
    linear: (part, shape, onto, epilogue) => linearRows(part, shape, onto, epilogue, lanes),
    normedLinear: (part, shape, onto, epilogue, kind) =>
      linearRows(part, shape, onto, epilogue, lanes, epsOf(kind)),
    linearT: (part, rows, n) => linearTRows(part, rows, n, lanes),
    norm: (rows, d, eps) => normRows(rows, d, eps, lanes),
    normBack: normBackRows,
    attention: attentionTiles,
    kernels: (dtype, dHead) => {
      const products = ([4, 2, 1] as const).flatMap((few) => [
        linearRowsKernel(few, true, true, lanes),
        linearRowsKernel(few, true, false, lanes),
        linearTRowsKernel(few, true, lanes),
      ]);
      return [
        ...products.map((kernel) => kernel[dtype]),
        attentionTilesKernel(dHead),
        normRowsKernels[lanes],
      ];
    },
  };
}

export const rows = rowsFamily('rows', 'alone');
export const subgroups = rowsFamily('subgroups', 'subgroups');
