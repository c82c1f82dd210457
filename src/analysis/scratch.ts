/** A short-lived arena for the temporaries of one analysis. */

import type { Model } from '../model/model.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Runs `body` with a fresh arena on the model's device and frees it afterwards, whatever happens. */
export async function withScratch<T>(
  model: Model,
  label: string,
  body: (ops: Ops) => Promise<T>,
): Promise<T> {
  const ops = model.backend.arena(label);
  try {
    return await body(ops);
  } finally {
    ops.dispose();
  }
}

/** Ids or row numbers as a u32 tensor of shape [n]. */
export function uploadIds(ops: Ops, ids: readonly number[], label = 'ids'): Tensor {
  return ops.upload({ dtype: 'u32', shape: [ids.length], data: Uint32Array.from(ids) }, label);
}

/** A vector as an f32 tensor of shape [n]. */
export function uploadVector(ops: Ops, vector: ArrayLike<number>, label: string): Tensor {
  return ops.upload({ dtype: 'f32', shape: [vector.length], data: Float32Array.from(vector) }, label);
}
