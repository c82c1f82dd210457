/** Attention up to z in one kernel that stores no pattern: a query per invocation, a running softmax. */

import wgsl from '../../../shaders/attention.wgsl?raw';
import shapeWgsl from '../../../shaders/lib/attentionShape.wgsl?raw';
import { type Dispatch, f32Bits, flatDispatch, flatKernel, remembered } from '../kernel.ts';
import { unroll } from '../unroll.ts';

/** What q, k, v and z are read by. */
const FOUR = 'alias Some = vec4f; fn product(a: Some, b: Some) -> f32 { return dot(a, b); }';
const ONE = 'alias Some = f32; fn product(a: Some, b: Some) -> f32 { return a * b; }';

/** q, k, v, z: alike in every kernel of attention. */
export const ATTENTION_BINDINGS = ['read', 'read', 'read', 'write'] as const;

/**
 * A kernel's source for heads of this size, its lines with {c} repeated for as much of a head as one of `lanes` lanes has.
 * Four numbers are read at a time where heads allow it.
 */
export function attentionSource(text: string, dHead: number, lanes = 1): string {
  const [some, count] = dHead % 4 === 0 ? [FOUR, dHead / 4] : [ONE, dHead];
  return [some, `const SOME = ${count}u;`, unroll(text, 'c', Math.ceil(count / lanes)), shapeWgsl].join('\n');
}

/** The kernel for heads of this size: a query, its sums, and nothing else, are kept in registers. */
export const attentionKernel = remembered((dHead: number) =>
  flatKernel(`attention ${dHead}`, attentionSource(wgsl, dHead), ATTENTION_BINDINGS),
);

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

/** `Shape` of shaders/lib/attentionShape.wgsl. */
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
