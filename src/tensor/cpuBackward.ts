/** The plain twins of the backward ops: derivatives as loops over arrays, f64 sums, f32 results. */

import type { HeadsShape } from './editShapes.ts';
import type { NormKind } from './params.ts';

/** `Ops.normBack`: dx [rows, d] and dScale [rows]. */
export function normBackInto(
  dx: Float32Array,
  dScale: Float32Array,
  dy: Float32Array,
  x: Float32Array,
  w: Float32Array,
  kind: NormKind,
): void {
  const d = w.length;
  for (let first = 0; first < dx.length; first += d) {
    const row = x.subarray(first, first + d);
    const g = Float64Array.from(w, (gain, i) => gain * at(dy, first + i));
    const meanG = mean(g);
    if (kind.kind === 'linear') {
      for (let i = 0; i < d; i++) dx[first + i] = at(g, i) - meanG;
      continue;
    }
    const center = mean(row);
    const centred = Float64Array.from(row, (value) => value - center);
    const sigma = Math.sqrt(mean(centred.map((value) => value * value)) + kind.eps);
    const normed = centred.map((value) => value / sigma); // x̂
    const along = mean(normed.map((value, i) => value * at(g, i))); // mean(g ⊙ x̂)
    for (let i = 0; i < d; i++) dx[first + i] = (at(g, i) - meanG - at(normed, i) * along) / sigma;
    dScale[first / d] = (-along * d) / sigma;
  }
}

/** gelu_new′(u), gelu_new(u) = u·½(1 + tanh(√(2/π)(u + 0.044715u³))). */
export function geluSlope(u: number): number {
  const c = Math.sqrt(2 / Math.PI);
  const tanh = Math.tanh(c * (u + 0.044715 * u ** 3));
  return 0.5 * (1 + tanh) + 0.5 * u * (1 - tanh * tanh) * c * (1 + 3 * 0.044715 * u * u);
}

/** `Ops.softmaxBack` over rows of n. */
export function softmaxBackInto(out: Float32Array, dy: Float32Array, y: Float32Array, n: number): void {
  for (let first = 0; first < out.length; first += n) {
    let total = 0;
    for (let i = first; i < first + n; i++) if (at(y, i) !== 0) total += at(dy, i) * at(y, i);
    for (let i = first; i < first + n; i++) out[i] = at(y, i) === 0 ? 0 : at(y, i) * (at(dy, i) - total);
  }
}

/** out[b, h, i, j] = x[b, i, h]·y[b, j, h] for j ≤ i, 0 beyond. */
export function dotHeadsInto(
  out: Float32Array,
  x: Float32Array,
  y: Float32Array,
  { batch, heads, pos, dHead }: HeadsShape,
): void {
  let o = 0;
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let query = 0; query < pos; query++) {
        for (let key = 0; key < pos; key++, o++) {
          const [xAt, yAt] = [query, key].map((p) => ((b * pos + p) * heads + h) * dHead) as [number, number];
          let sum = 0;
          for (let e = 0; key <= query && e < dHead; e++) sum += at(x, xAt + e) * at(y, yAt + e);
          out[o] = sum;
        }
      }
    }
  }
}

/** out[b, i, h] = factor·Σ_{j ≤ i} weights[b, h, i, j]·x[b, j, h]. */
export function mixByQueryInto(
  out: Float32Array,
  weights: Float32Array,
  x: Float32Array,
  shape: HeadsShape,
  factor: number,
): void {
  mixInto(
    out,
    weights,
    x,
    shape,
    factor,
    (query) => [0, query + 1],
    (own, other, pos) => own * pos + other,
  );
}

/** out[b, j, h] = factor·Σ_{i ≥ j} weights[b, h, i, j]·x[b, i, h]. */
export function mixByKeyInto(
  out: Float32Array,
  weights: Float32Array,
  x: Float32Array,
  shape: HeadsShape,
  factor: number,
): void {
  mixInto(
    out,
    weights,
    x,
    shape,
    factor,
    (key, pos) => [key, pos],
    (own, other, pos) => other * pos + own,
  );
}

function mixInto(
  out: Float32Array,
  weights: Float32Array,
  x: Float32Array,
  { batch, heads, pos, dHead }: HeadsShape,
  factor: number,
  range: (own: number, pos: number) => [from: number, to: number],
  weightAt: (own: number, other: number, pos: number) => number,
): void {
  const d = heads * dHead;
  for (let b = 0; b < batch; b++) {
    for (let own = 0; own < pos; own++) {
      const [from, to] = range(own, pos);
      for (let c = 0; c < d; c++) {
        const first = (b * heads + Math.floor(c / dHead)) * pos * pos;
        let sum = 0;
        for (let other = from; other < to; other++)
          sum += at(weights, first + weightAt(own, other, pos)) * at(x, (b * pos + other) * d + c);
        out[(b * pos + own) * d + c] = factor * sum;
      }
    }
  }
}

function at(data: ArrayLike<number>, i: number): number {
  return data[i] as number;
}

function mean(values: ArrayLike<number> & Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
