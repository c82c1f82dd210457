/** The logits that an ablation moves most at one position. */

import { must } from '../base/assert.ts';
import type { TokenChange } from './types/index.ts';

interface Question {
  /** The logits there, unablated, [d_vocab]. */
  readonly row: Float32Array;
  /** b_U, or null for 0. */
  readonly bias: Float32Array | null;
  /** Of each neuron: what it adds to every logit, and the α and β there: logits become b + α·(logits − b) + β·m. */
  readonly directions: readonly Float32Array[];
  readonly alpha: readonly number[];
  readonly beta: readonly number[];
  readonly k: number;
  readonly piece: (id: number) => string;
}

/** For each neuron the k tokens whose centred logit moves most, the largest |change| first. */
export function topChangesOf({ row, bias, directions, alpha, beta, k, piece }: Question): TokenChange[][] {
  const before = logSumExp(row);
  return directions.map((direction, i) => {
    const [a, b] = [must(alpha[i], 'α'), must(beta[i], 'β')];
    const change = Float64Array.from(
      row,
      (x, v) => (a - 1) * (x - (bias?.[v] ?? 0)) + b * (direction[v] as number),
    );
    const mean = change.reduce((sum, x) => sum + x, 0) / change.length;
    const after = logSumExp(change.map((x, v) => x + (row[v] as number)));
    return largest(change, mean, k).map((id) => ({
      id,
      piece: piece(id),
      change: (change[id] as number) - mean,
      probBefore: Math.exp((row[id] as number) - before),
      probAfter: Math.exp((row[id] as number) + (change[id] as number) - after),
    }));
  });
}

/** The k entries furthest from `mean`, the furthest first, ties by the lower id. */
function largest(values: Float64Array, mean: number, k: number): number[] {
  const distance = (id: number) => Math.abs((values[id] as number) - mean);
  const best: number[] = [];
  for (let id = 0; id < values.length; id++) {
    if (best.length === k && distance(id) <= distance(best[k - 1] as number)) continue;
    const place = best.findIndex((other) => distance(other) < distance(id));
    best.splice(place < 0 ? best.length : place, 0, id);
    if (best.length > k) best.pop();
  }
  return best;
}

function logSumExp(x: Float32Array | Float64Array): number {
  let max = -Infinity;
  for (const value of x) max = Math.max(max, value);
  let sum = 0;
  for (const value of x) sum += Math.exp(value - max);
  return max + Math.log(sum);
}
