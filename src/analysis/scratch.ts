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

/** Vectors of one length as rows of a matrix. */
export function uploadRows(ops: Ops, rows: readonly ArrayLike<number>[], label: string): Tensor {
  const width = (rows[0] as ArrayLike<number>).length;
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    data.set(row, i * width);
  });
  return ops.upload({ dtype: 'f32', shape: [rows.length, width], data }, label);
}

/** One number so many times over, [n]. */
export function uploadConstant(ops: Ops, length: number, value: number): Tensor {
  return uploadVector(ops, new Float32Array(length).fill(value), `all ${value}`);
}

/** x ↦ C·x ⊙ gain of rows as wide as the model: the norm that divides by nothing and adds nothing. Without a gain, C·x. */
export function centring(
  ops: Ops,
  dModel: number,
  gain = uploadConstant(ops, dModel, 1),
): (x: Tensor, label?: string) => Tensor {
  const params = { w: gain, b: uploadConstant(ops, dModel, 0) };
  return (x, label) => ops.norm(x, params, { kind: 'linear' }, label).normalized;
}

/** Row i holds i, [n, 1]: what turns indices on the device into floats that are read with all else. */
export function indexTable(ops: Ops, n: number): Tensor {
  const data = Float32Array.from({ length: n }, (_, i) => i);
  return ops.upload({ dtype: 'f32', shape: [n, 1], data }, 'indices');
}
