/** Vectors of the residual stream in host memory, in f64. */

/** C·w: a vector less its mean, which the final norm takes away anyway. */
export function centred(vector: ArrayLike<number>): Float64Array {
  const mean = Array.from(vector).reduce((sum, x) => sum + x, 0) / vector.length;
  return Float64Array.from(vector, (x) => x - mean);
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** ‖v‖. */
export function lengthOf(vector: ArrayLike<number>): number {
  return Math.sqrt(dot(vector, vector));
}
