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
  /** ln Σ e^logit there, unablated and of each neuron ablated. */
  readonly lse: number;
  readonly lseAblated: readonly number[];
  readonly k: number;
  readonly piece: (id: number) => string;
}

/** For each neuron the k tokens whose centred logit moves most, the largest |change| first. */
export function topChangesOf(question: Question): TokenChange[][] {
  const { row, bias, directions, alpha, beta, lse, lseAblated, k, piece } = question;
  const own = new Float64Array(row);
  bias?.forEach((x, v) => {
    own[v]! -= x;
  });
  const change = new Float64Array(row.length);
  return directions.map((direction, i) => {
    const [a, b] = [must(alpha[i], 'α'), must(beta[i], 'β')];
    const after = must(lseAblated[i], 'ln Σ e^logit');
    let sum = 0;
    for (let v = 0; v < change.length; v++) {
      change[v] = (a - 1) * (own[v] as number) + b * (direction[v] as number);
      sum += change[v] as number;
    }
    const mean = sum / change.length;
    const distance = (id: number) => Math.abs((change[id] as number) - mean);
    return largestOf(change.length, k, distance).map((id) => ({
      id,
      piece: piece(id),
      change: (change[id] as number) - mean,
      probBefore: Math.exp((row[id] as number) - lse),
      probAfter: Math.exp((row[id] as number) + (change[id] as number) - after),
    }));
  });
}
