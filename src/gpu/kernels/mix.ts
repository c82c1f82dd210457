/** Values mixed by the attention pattern, and the backward of that: four positions per invocation. */

import wgsl from '../../../shaders/mix.wgsl?raw';
import { type Dispatch, f32Bits, flatDispatch, flatKernel, type Kernel, remembered } from '../kernel.ts';
import { unroll } from '../unroll.ts';

const kernelOf = remembered((some: 'f32' | 'vec4f') =>
  flatKernel(`mix ${some}`, `alias Some = ${some};\n${unroll(wgsl, 'r', 4)}`, ['read', 'read', 'write']),
);

/** The kernel for heads of this size. */
export function mixKernel(dHead: number): Kernel {
  return kernelOf(dHead % 4 === 0 ? 'vec4f' : 'f32');
}

/** Whose results they are, a query's over its keys or a key's over its queries, and what sums are multiplied by. */
export interface MixKind {
  readonly of: 'queries' | 'keys';
  readonly factor: number;
}

/** Tensors: weights [batch, heads, pos, pos], v and z [batch, pos, heads·dHead]. */
export function mix(
  batch: number,
  heads: number,
  pos: number,
  dHead: number,
  kind: MixKind = { of: 'queries', factor: 1 },
): Dispatch {
  const some = dHead % 4 === 0 ? dHead / 4 : dHead;
  const invocations = batch * Math.ceil(pos / 4) * heads * some;
  const uniforms = [batch, heads, pos, some, Number(kind.of === 'keys'), f32Bits(kind.factor)];
  return flatDispatch(mixKernel(dHead), invocations, uniforms, (batch * heads * dHead * pos * pos) / 2);
}
