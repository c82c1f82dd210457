/** The unembedding as directions read strongly or hardly at all: its Gram matrix, singular values and null space (SCIENCE §6). */

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Model } from '../model/model.ts';
import { unembeddingGram } from './unembeddingGram.ts';
import { lengthOf } from './vectors.ts';

/**
 * W_U′ = C·diag(gain)·W_Uᵀ, centred over d_model and over the vocabulary.
 * Everything the ranking needs is a d × d sum over tokens, so no [neuron, vocabulary] matrix is ever made.
 */
export interface UnembeddingSpectrum {
  readonly dModel: number;
  readonly dVocab: number;
  /** Descending, d_model of them; the last is the exact zero along all-ones, which is the last direction. */
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

/**
 * All-ones is read by nobody, because the norm centres. Lifted above every other direction it cannot be mixed with others
 * that are not read either; afterwards it stands last, with its exact zero.
 */
function eigen(gram: Float64Array, d: number): Pick<UnembeddingSpectrum, 'singularValues' | 'directions'> {
  let trace = 0;
  for (let i = 0; i < d; i++) trace += gram[i * d + i] as number;
  const lifted = gram.map((value) => value + (2 * trace) / d);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    Matrix.from1DArray(d, d, lifted),
    { assumeSymmetric: true },
  );
  const [, ...order] = [...Array(d).keys()].sort(
    (i, j) => (realEigenvalues[j] as number) - (realEigenvalues[i] as number),
  );
  // A zero may come out a hair below it.
  const values = order.map((i) => Math.sqrt(Math.max(0, realEigenvalues[i] as number)));
  const vectors = order.map((i) => Float64Array.from(eigenvectorMatrix.getColumn(i)));
  const unread = unreadCount(values);
  const read = vectors.slice(0, vectors.length - unread);
  const allOnes = new Float64Array(d).fill(1 / Math.sqrt(d));
  return {
    singularValues: Float64Array.from([...values, 0]),
    directions: [...read, ...alongAxes(vectors.slice(read.length)), allOnes],
  };
}

/** Below this share of the most-read direction a singular value is rounding: nothing is read there at all. */
const UNREAD = 1e-5;

function unreadCount(values: readonly number[]): number {
  return values.filter((value) => value < UNREAD * (values[0] as number)).length;
}

/**
 * Directions that are equally unread may be turned into each other, and which ones an eigensolver gives is chance. This
 * basis of the same space is not: each is as near to an axis of the residual stream as what is left allows, the nearest
 * last, as the least read is; of axes that are equally near the first.
 */
function alongAxes(vectors: readonly Float64Array[]): Float64Array[] {
  const d = vectors[0]?.length ?? 0;
  const found: Float64Array[] = [];
  /** Σ_v v_i·v_j less the same of what is found: what is left of the projection onto the space. */
  const left = (i: number, j: number) => sumOfProducts(vectors, i, j) - sumOfProducts(found, i, j);
  while (found.length < vectors.length) {
    const shares = Array.from({ length: d }, (_, i) => left(i, i));
    const axis = shares.findIndex((share) => share > Math.max(...shares) - EQUALLY_NEAR);
    const next = Float64Array.from(shares, (_, i) => left(axis, i));
    const length = lengthOf(next);
    found.unshift(next.map((x) => x / length));
  }
  return found;
}

/** Shares of an axis that differ by less are one: of rounding on either engine. */
const EQUALLY_NEAR = 1e-4;

function sumOfProducts(vectors: readonly Float64Array[], i: number, j: number): number {
  return vectors.reduce((sum, v) => sum + (v[i] as number) * (v[j] as number), 0);
}

/** The `dimension` least-read directions, least first; all-ones (an exact zero, because the norm centres) is not among them. */
export function nullSpace({ directions }: UnembeddingSpectrum, dimension: number): readonly Float64Array[] {
  return directions.slice(0, -1).slice(-dimension).reverse();
}

/**
 * round(0.016·d_model), at least 1: 12 of GPT-2 small's 768, as in the confidence-neuron literature; more where more
 * directions are not read at all, since a part of those would be an arbitrary one.
 */
export function defaultNullDimension({ dModel, singularValues }: UnembeddingSpectrum): number {
  return Math.max(1, Math.round(0.016 * dModel), unreadCount([...singularValues].slice(0, -1)));
}
