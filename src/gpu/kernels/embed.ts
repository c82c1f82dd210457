/** Rows of a table: by ids, or the first positions in turn. */

import wgsl from '../../../shaders/embed.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';
import { byStorage, partUniforms, type Rows, variantFor, WEIGHT } from '../parts.ts';

export const embedKernel = byStorage(flatKernel('embed', wgsl, ['read', 'read', 'write']), WEIGHT);

/** Which rows of the table: by ids, or `positions` rows in turn from `past` on, added to what y holds where `onto`. */
export type EmbedRows = 'ids' | { readonly positions: number; readonly past: number; readonly onto: boolean };

/** Tensors: ids [rows] (any where positions are taken), a part of W [n, d], y [rows, d]. */
export function embed(part: Rows, rows: number, from: EmbedRows): Dispatch {
  const { positions, past, onto } = from === 'ids' ? { positions: 0, past: 0, onto: false } : from;
  const uniforms = [...partUniforms(part), rows, positions, past, Number(onto)];
  return flatDispatch(variantFor(embedKernel, part), rows * part.width, uniforms);
}
