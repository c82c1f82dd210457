/** Rows of a table: by ids, or the first positions in turn. */

import wgsl from '../../../shaders/embed.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';
import { byStorage, partUniforms, type Rows, variantFor, WEIGHT } from '../parts.ts';

export const embedKernel = byStorage(flatKernel('embed', wgsl, ['read', 'read', 'write']), WEIGHT);

/** Tensors: ids [rows] (any where positions > 0), a part of W [n, d], y [rows, d]. */
export function embed(part: Rows, rows: number, positions: number): Dispatch {
  const uniforms = [...partUniforms(part), rows, positions];
  return flatDispatch(variantFor(embedKernel, part), rows * part.width, uniforms);
}
