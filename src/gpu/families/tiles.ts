/** Kernels that pass tiles through workgroup memory: for GPUs that have many cores and fast barriers. */

import { attentionTiles, attentionTilesKernel } from '../kernels/attentionTiles.ts';
import type { LinearShape } from '../kernels/linear.ts';
import {
  linearMerge,
  linearMergeKernel,
  linearTiles,
  linearTilesKernel,
  TILE_COLUMNS,
  tileRowsFor,
} from '../kernels/linearTiles.ts';
import { linearTTiles, linearTTilesKernel } from '../kernels/linearTTiles.ts';
import { normBackRows } from '../kernels/normBackRows.ts';
import { normRows, normRowsKernels } from '../kernels/normRows.ts';
import { epsOf, type Family } from './family.ts';

/** Fewer workgroups than this leave a large GPU idle. */
const WANTED_WORKGROUPS = 128;
/** The least depth that a workgroup is given of a product that is shared out: less is not worth its second dispatch. */
const LEAST_DEPTH = 128;

/** Into how many shares the depth of a product is cut, so that there is a workgroup for every core. */
function slicesFor({ rows, groups, depth, count }: LinearShape, partRows: number): number {
  if (groups > 1) return 1;
  const workgroups = Math.ceil(count / TILE_COLUMNS) * Math.ceil(rows / tileRowsFor(rows));
  const most = Math.floor(Math.min(depth, partRows) / LEAST_DEPTH);
  return Math.max(1, Math.min(most, Math.floor(WANTED_WORKGROUPS / workgroups)));
}

export const tiles: Family = {
  name: 'tiles',
  linear: (part, shape, onto, epilogue) => {
    const slices = slicesFor(shape, part.rows);
    if (slices === 1) return linearTiles(part, shape, onto, epilogue);
    return {
      shares: linearTiles(part, shape, onto, epilogue, { slices }),
      merge: linearMerge(part, shape, onto, epilogue, slices),
      scratch: slices * shape.rows * shape.count,
    };
  },
  normedLinear: (part, shape, onto, epilogue, kind) =>
    linearTiles(part, shape, onto, epilogue, { eps: epsOf(kind) }),
  linearT: linearTTiles,
  norm: (rows, d, eps) => normRows(rows, d, eps, 'alone'),
  normBack: normBackRows,
  attention: attentionTiles,
  kernels: (dtype, dHead) => {
    const products = ([64, 32, 16] as const).flatMap((rows) => [
      linearTilesKernel(rows, true, true),
      linearTilesKernel(rows, true, false),
      linearTTilesKernel(rows, true),
    ]);
    const own = [linearMergeKernel, attentionTilesKernel(dHead), normRowsKernels.alone];
    return [...products.map((kernel) => kernel[dtype]), ...own];
  },
};
