/** Kernels that keep a tile of the result in registers and use no barrier: for software adapters and small GPUs. */

import { attention, attentionKernel } from '../kernels/attention.ts';
import { inFours } from '../kernels/fours.ts';
import { linear } from '../kernels/linear.ts';
import { linear4, linear4Kernels } from '../kernels/linear4.ts';
import { linearT } from '../kernels/linearT.ts';
import { linearT4, linearT4Kernels } from '../kernels/linearT4.ts';
import { norm, normKernel } from '../kernels/norm.ts';
import { normBack } from '../kernels/normBack.ts';
import { TILES } from '../kernels/tiles.ts';
import type { Family } from './family.ts';

export const registers: Family = {
  name: 'registers',
  linear: (part, shape, onto, epilogue) =>
    (inFours(part, shape) ? linear4 : linear)(part, shape, onto, epilogue),
  normedLinear: null,
  linearT: (part, rows, n) => (part.width % 4 === 0 ? linearT4 : linearT)(part, rows, n),
  norm,
  normBack,
  attention,
  // Left to their first use: widths that are no multiples of 4, which no real model has, and the largest tile, which
  // only long prompts of models larger than the demo's take.
  kernels: (dtype, dHead) => {
    const ahead = TILES.filter((tile) => tile <= 16).toReversed();
    const products = ahead.flatMap((tile) => [linear4Kernels[tile], linearT4Kernels[tile]]);
    return [attentionKernel(dHead), ...products.map((kernel) => kernel[dtype]), normKernel];
  },
};
