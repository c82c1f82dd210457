/** The logits that an ablation moves most at one position. */

import { must } from '../base/assert.ts';
import { largestOf } from '../base/largest.ts';
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
    const distance = (id: number) => Math.abs((change[id] as number) - mean);
    return largestOf(change.length, k, distance).map((id) => ({
      id,
      piece: piece(id),
      change: (change[id] as number) - mean,
      probBefore: Math.exp((row[id] as number) - before),
      probAfter: Math.exp((row[id] as number) + (change[id] as number) - after),
    }));
  });
}

function logSumExp(x: Float32Array | Float64Array): number {
  let max = -Infinity;
  for (const value of x) max = Math.max(max, value);
  let sum = 0;
  for (const value of x) sum += Math.exp(value - max);
  return max + Math.log(sum);
}
