/** The unembedding as directions read strongly or hardly at all: its Gram matrix, singular values and null space (SCIENCE §6). */

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { rows } from '../base/shapes.ts';
import type { Model } from '../model/model.ts';
import { withScratch } from './scratch.ts';

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

/** Computed once per model, in f64. */
export function unembeddingSpectrum(model: Model): Promise<UnembeddingSpectrum> {
  const known = spectra.get(model);
  if (known) return known;
  const computed = compute(model);
  computed.catch(() => spectra.delete(model)); // a failed read (a lost device) must not stick
  spectra.set(model, computed);
  return computed;
}

async function compute(model: Model): Promise<UnembeddingSpectrum> {
  const { W_U, lnFinal } = model.params;
  const [n, d] = [rows(W_U.shape), model.config.dModel];
  const [unembed, gain] = await withScratch(model, 'unembedding', async (ops) => {
    // The identity gather reads any storage format back as floats.
    const all = ops.upload(
      { dtype: 'u32', shape: [n], data: Uint32Array.from({ length: n }, (_, i) => i) },
      'all ids',
    );
    return ops.read([ops.embed(W_U, all, 'W_U'), lnFinal.w]);
  });
  const columns = centredColumns(unembed, gain, n, d);
  const gram = new Float64Array(d * d);
  const unitGram = new Float64Array(d * d);
  const unitMean = new Float64Array(d);
  for (let v = 0; v < n; v++) {
    const column = columns.subarray(v * d, (v + 1) * d);
    const lengthSquared = column.reduce((sum, x) => sum + x * x, 0);
    // A column of zeros has no direction: its cosine with anything counts as 0.
    const inverse = lengthSquared > 0 ? 1 / lengthSquared : 0;
    for (let i = 0; i < d; i++) {
      const x = column[i] as number;
      unitMean[i]! += (x * Math.sqrt(inverse)) / n;
      for (let j = 0; j <= i; j++) {
        const product = x * (column[j] as number);
        gram[i * d + j]! += product;
        unitGram[i * d + j]! += product * inverse;
      }
    }
  }
  mirror(gram, d);
  mirror(unitGram, d);
  return { dModel: d, dVocab: n, ...eigen(gram, d), unitGram, unitMean };
}

/** [n, d]: gain folded in, each row centred over d_model, then every coordinate centred over the vocabulary. */
function centredColumns(unembed: Float32Array, gain: Float32Array, n: number, d: number): Float64Array {
  const out = new Float64Array(n * d);
  const vocabMean = new Float64Array(d);
  for (let v = 0; v < n; v++) {
    let mean = 0;
    for (let i = 0; i < d; i++) {
      out[v * d + i] = (unembed[v * d + i] as number) * (gain[i] as number);
      mean += (out[v * d + i] as number) / d;
    }
    for (let i = 0; i < d; i++) {
      out[v * d + i]! -= mean;
      vocabMean[i]! += (out[v * d + i] as number) / n;
    }
  }
  for (let at = 0; at < out.length; at++) out[at]! -= vocabMean[at % d] as number;
  return out;
}

function mirror(lower: Float64Array, d: number): void {
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) lower[j * d + i] = lower[i * d + j] as number;
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
