/** Attention up to z in one kernel that stores no pattern: a query per invocation, a running softmax. */

import wgsl from '../../../shaders/attention.wgsl?raw';
import { type Dispatch, f32Bits, flatDispatch, flatKernel, type Kernel } from '../kernel.ts';
import { unroll } from '../unroll.ts';

/** What q, k, v and z are read by. */
const FOUR = 'alias Some = vec4f; fn product(a: Some, b: Some) -> f32 { return dot(a, b); }';
const ONE = 'alias Some = f32; fn product(a: Some, b: Some) -> f32 { return a * b; }';

const kernels = new Map<number, Kernel>();

/** Four numbers at a time where heads allow it, and how many of these a head has. */
export function headReading(dHead: number): { some: string; count: number } {
  const [some, count] = dHead % 4 === 0 ? [FOUR, dHead / 4] : [ONE, dHead];
  return { some: `${some}\nconst SOME = ${count}u;`, count };
}

/** The kernel for heads of this size: a query, its sums, and nothing else, are kept in registers. */
export function attentionKernel(dHead: number): Kernel {
  const known = kernels.get(dHead);
  if (known) return known;
  const { some, count } = headReading(dHead);
  const source = [some, unroll(wgsl, 'c', count)].join('\n');
  const kernel = flatKernel(`attention ${dHead}`, source, ['read', 'read', 'read', 'write']);
  kernels.set(dHead, kernel);
  return kernel;
}

export interface AttentionShape {
  readonly batch: number;
  readonly heads: number;
  readonly pos: number;
  readonly dHead: number;
  readonly past: number;
  /** Rows of k and v per batch entry. */
  readonly room: number;
}

/** Tensors: q [batch, pos, heads·dHead], k, v [batch, room, heads·dHead], z like q. */
export function attention(shape: AttentionShape): Dispatch {
  const { batch, heads, pos, dHead, past } = shape;
  const invocations = batch * heads * pos;
  return flatDispatch(
    attentionKernel(dHead),
    invocations,
    attentionUniforms(shape),
    invocations * 2 * dHead * (past + pos / 2),
  );
}

/** `Shape` of shaders/attention.wgsl. */
export function attentionUniforms({
  batch,
  heads,
  pos,
  dHead,
  past,
  room,
}: AttentionShape): readonly number[] {
  return [batch, heads, pos, past, room, f32Bits(Math.sqrt(dHead))];
}
