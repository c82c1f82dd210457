/** Rows of a table: by ids, or the first positions in turn. */

import wgsl from '../../../shaders/embed.wgsl?raw';
import weightWgsl from '../../../shaders/lib/weight.wgsl?raw';
import { byStorage, type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

export const embedKernel = byStorage(
  flatKernel('embed', `${wgsl}\n${weightWgsl}`, ['read', 'read', 'write']),
);

/** Tensors: table [n, d], ids [rows] (any where positions > 0), y [rows, d]. */
export function embed(storage: 'f32' | 'f16', rows: number, d: number, positions: number): Dispatch {
  return flatDispatch(embedKernel[storage], rows * d, [rows, d, positions]);
}
