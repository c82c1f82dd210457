/** First half of a rank: every lane's count of entries that stand before. */

import orderWgsl from '../../../shaders/lib/order.wgsl?raw';
import wgsl from '../../../shaders/rank.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const rankKernel = flatKernel('rank', `${wgsl}\n${orderWgsl}`, ['read', 'read', 'write']);

/** Tensors: x [rows, n], ids [rows], shares [rows, lanes]. */
export function rank(rows: number, n: number, lanes: number): Dispatch {
  return flatDispatch(rankKernel, rows * lanes, [rows, n, lanes], 4 * rows * n);
}
