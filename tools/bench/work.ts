/** What a forward pass has to compute, counted: multiply-adds by kind of step, whatever the kernels are. */

import type { ModelConfig } from '../../src/tensor/params.ts';

export const STEPS = ['products', 'attention', 'unembedding', 'elementwise'] as const;
export type Step = (typeof STEPS)[number];
export type Work = Readonly<Record<Step, number>>;

/** Of one prompt of T tokens, the logits of every position among the results. */
export function workOf({ nLayers, dModel, dMlp, dVocab }: ModelConfig, T: number): Work {
  return {
    // QKV, W_O, W_in and W_out: every weight meets every token once.
    products: T * nLayers * (4 * dModel ** 2 + 2 * dModel * dMlp),
    // q·k and pattern·v, each for the keys up to the query: T(T + 1)/2 of T² pairs.
    attention: nLayers * 2 * dModel * ((T * (T + 1)) / 2),
    unembedding: T * dModel * dVocab,
    // Embedding, norms, additions and gelu: about so many numbers are touched, a few operations each.
    elementwise: T * (nLayers * (4 * dModel + dMlp) + 2 * dModel),
  };
}

export function total(work: Work): number {
  return STEPS.reduce((sum, step) => sum + work[step], 0);
}

/** The step that a kernel belongs to, by its name: the stem of its .wgsl file and what is special about the variant. */
export function stepOf(kernel: string): Step {
  if (/^linearT(?!iles)/.test(kernel)) return 'unembedding'; // linearTiles is linear in tiles
  if (/^linear/.test(kernel)) return 'products';
  if (/^(attention|softmax|mix)/.test(kernel)) return 'attention';
  return 'elementwise';
}

/**
 * The slope of log y over log x through all points (least squares): 1 for what is proportional, 2 for what is quadratic.
 * NaN of fewer than two points.
 */
export function exponent(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (i: 0 | 1) => logs.reduce((sum, point) => sum + point[i], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  const variance = logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return covariance / variance;
}
