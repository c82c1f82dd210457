/** Kernels for one to four rows on GPUs, as in decoding: what they wait for is the weights, which all lanes read at once. */

import { attentionTiles, attentionTilesKernel } from '../kernels/attentionTiles.ts';
import { linearRows, linearRowsKernel } from '../kernels/linearRows.ts';
import { linearTRows, linearTRowsKernel } from '../kernels/linearTRows.ts';
import { normRows, normRowsKernel } from '../kernels/normRows.ts';
import { epsOf, type Family } from './family.ts';

export const rows: Family = {
  name: 'rows',
  linear: (part, shape, onto, epilogue) => linearRows(part, shape, onto, epilogue),
  normedLinear: (part, shape, onto, epilogue, kind) => linearRows(part, shape, onto, epilogue, epsOf(kind)),
  linearT: linearTRows,
  norm: normRows,
  attention: attentionTiles,
  kernels: (dtype, dHead) => {
    const products = ([4, 2, 1] as const).flatMap((few) => [
      linearRowsKernel(few, true, true),
      linearRowsKernel(few, true, false),
      linearTRowsKernel(few, true),
    ]);
    return [...products.map((kernel) => kernel[dtype]), attentionTilesKernel(dHead), normRowsKernel];
  },
};
