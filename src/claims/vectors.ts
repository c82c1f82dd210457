/** Small arithmetic over rows of activations: means, scales, and the one diagonal map that explains a norm's output best. */

/** Row p of a [rows, width] array. */
export function row(data: Float32Array, p: number, width: number): Float32Array {
  return data.subarray(p * width, (p + 1) * width);
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** The middle value; of an even count the mean of the two. NaN of none. */
export function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] as number) + (sorted[Math.floor(half)] as number)) / 2;
}

/** A norm's own σ: √(mean((x − mean x)²) + eps). */
export function scaleOf(x: ArrayLike<number>, eps: number): number {
  const centre = mean(x);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += ((x[i] as number) - centre) ** 2;
  return Math.sqrt(sum / x.length + eps);
}

/** ‖x − mean x‖. */
export function centredNorm(x: ArrayLike<number>): number {
  return scaleOf(x, 0) * Math.sqrt(x.length);
}

/** Every row with its mean taken off and divided by its scale, [rows · width]. */
export function centredRows(x: Float32Array, width: number, scales?: ArrayLike<number>): Float64Array {
  const result = new Float64Array(x.length);
  for (let p = 0; p * width < x.length; p++) {
    const values = row(x, p, width);
    const centre = mean(values);
    const scale = scales?.[p] ?? 1;
    for (let i = 0; i < width; i++) result[p * width + i] = ((values[i] as number) - centre) / scale;
  }
  return result;
}

export interface DiagonalFit {
  /** [width] each. */
  gain: Float64Array;
  bias: Float64Array;
  /** Largest |output − (gain·input + bias)| over the root mean square of the output. */
  error: number;
}

/** One gain and one bias per dimension, by least squares over the rows: exact where the output is such a map of the input. */
export function diagonalFit(input: ArrayLike<number>, output: ArrayLike<number>, width: number): DiagonalFit {
  const rows = input.length / width;
  const [gain, bias] = [new Float64Array(width), new Float64Array(width)];
  let [worst, squares] = [0, 0];
  for (let i = 0; i < width; i++) {
    let [x, y] = [0, 0];
    for (let p = 0; p < rows; p++) {
      x += (input[p * width + i] as number) / rows;
      y += (output[p * width + i] as number) / rows;
    }
    let [xx, xy] = [0, 0];
    for (let p = 0; p < rows; p++) {
      const dx = (input[p * width + i] as number) - x;
      xx += dx * dx;
      xy += dx * ((output[p * width + i] as number) - y);
    }
    const slope = xx > 0 ? xy / xx : 0;
    gain[i] = slope;
    bias[i] = y - slope * x;
    for (let p = 0; p < rows; p++) {
      const actual = output[p * width + i] as number;
      worst = Math.max(
        worst,
        Math.abs(actual - slope * (input[p * width + i] as number) - (bias[i] as number)),
      );
      squares += actual * actual;
    }
  }
  return { gain, bias, error: worst / Math.sqrt(squares / input.length) };
}
