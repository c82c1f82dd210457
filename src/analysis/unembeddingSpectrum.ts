/** The unembedding as directions read strongly or hardly at all: its Gram matrix, singular values and null space (SCIENCE §6). */

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Model } from '../model/model.ts';
import { unembeddingGram } from './unembeddingGram.ts';

/**
 * W_U′ = C·diag(gain)·W_Uᵀ, centred over d_model and over the vocabulary.
 * Everything the ranking needs is a d × d sum over tokens, so no [neuron, vocabulary] matrix is ever made.
 */
export interface UnembeddingSpectrum {
  readonly dModel: number;
  readonly dVocab: number;
  /** Descending, d_model of them; the last is the exact zero along all-ones. */
  readonly singularValues: Float64Array;
  /** Left singular vectors as rows, in the order of `singularValues`. */
  readonly directions: readonly Float64Array[];
  /** Σ_v û_v ûᵥᵀ over the unit columns, [d·d] row-major. */
  readonly unitGram: Float64Array;
  /** Mean unit column, [d]. */
  readonly unitMean: Float64Array;
}

const spectra = new WeakMap<Model, Promise<UnembeddingSpectrum>>();

/** Computed once per model: sums over the vocabulary on its device, the rest in f64. */
export function unembeddingSpectrum(model: Model): Promise<UnembeddingSpectrum> {
  const known = spectra.get(model);
  if (known) return known;
  const computed = compute(model);
  computed.catch(() => spectra.delete(model)); // a failed read (a lost device) must not stick
  spectra.set(model, computed);
  return computed;
}

async function compute(model: Model): Promise<UnembeddingSpectrum> {
  const { gram, ...sums } = await unembeddingGram(model);
  return { ...sums, ...eigen(gram, sums.dModel) };
}

function eigen(gram: Float64Array, d: number): Pick<UnembeddingSpectrum, 'singularValues' | 'directions'> {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(Matrix.from1DArray(d, d, gram), {
    assumeSymmetric: true,
  });
  const order = [...Array(d).keys()].sort(
    (i, j) => (realEigenvalues[j] as number) - (realEigenvalues[i] as number),
  );
  return {
    // An eigenvalue of the exact zero may come out a hair below it.
    singularValues: Float64Array.from(order, (i) => Math.sqrt(Math.max(0, realEigenvalues[i] as number))),
    directions: order.map((i) => Float64Array.from(eigenvectorMatrix.getColumn(i))),
  };
}

/** The `dimension` least-read directions, all-ones (an exact zero, because the norm centres) not among them. */
export function nullSpace(spectrum: UnembeddingSpectrum, dimension: number): readonly Float64Array[] {
  const onAllOnes = (v: Float64Array) =>
    Math.abs(v.reduce((sum, x) => sum + x, 0)) / Math.sqrt(spectrum.dModel);
  const least = spectrum.directions.slice(-(dimension + 1)).reverse();
  const allOnes = least.reduce(
    (best, v, i) => (onAllOnes(v) > onAllOnes(least[best] as Float64Array) ? i : best),
    0,
  );
  return least.filter((_, i) => i !== allOnes);
}
