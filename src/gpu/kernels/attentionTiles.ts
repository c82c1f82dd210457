/** Attention up to z for GPUs: blocks of queries, keys and values in workgroup memory. */

import wgsl from '../../../shaders/attentionTiles.wgsl?raw';
import { type Dispatch, type Kernel, remembered } from '../kernel.ts';
import {
  ATTENTION_BINDINGS,
  type AttentionShape,
  attention,
  attentionSource,
  attentionUniforms,
} from './attention.ts';

/** Queries of a workgroup, and lanes to each of them. */
const [BLOCK, LANES_PER_QUERY] = [16, 4];
/** Three blocks of larger heads, and the scores, are beyond the 16 KiB of workgroup memory that every device has. */
const MOST_HEAD = 80;

/** The kernel for heads of this size, which is MOST_HEAD at most. */
export const attentionTilesKernel = remembered(
  (dHead: number): Kernel => ({
    name: `attentionTiles ${dHead}`,
    wgsl: attentionSource(wgsl, dHead, LANES_PER_QUERY),
    bindings: ATTENTION_BINDINGS,
    constants: {},
  }),
);

/** Tensors: q [batch, pos, heads·dHead], k, v [batch, room, heads·dHead], z like q. */
export function attentionTiles(shape: AttentionShape): Dispatch {
  const { batch, heads, pos, dHead, past } = shape;
  if (dHead > MOST_HEAD) return attention(shape); // no published GPT-2 has such heads
  return {
    kernel: attentionTilesKernel(dHead),
    uniforms: attentionUniforms(shape),
    grid: [Math.ceil(pos / BLOCK), heads, batch],
    work: 2 * batch * heads * pos * dHead * (past + pos / 2),
  };
}
