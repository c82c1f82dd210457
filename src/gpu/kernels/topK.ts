/** First half of top-k: every lane's k largest, in order. */

import orderWgsl from '../../../shaders/lib/order.wgsl?raw';
import wgsl from '../../../shaders/topK.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const topKKernel = flatKernel('topK', `${wgsl}\n${orderWgsl}`, ['read', 'write', 'write']);

/** Tensors: x [rows, n], keys and ids [rows, lanes, k]. */
export function topK(rows: number, n: number, lanes: number, k: number, magnitude: boolean): Dispatch {
  const uniforms = [rows, n, lanes, k, magnitude ? 0x7fffffff : 0xffffffff];
  return flatDispatch(topKKernel, rows * lanes, uniforms, 4 * rows * (n + lanes * k));
}
