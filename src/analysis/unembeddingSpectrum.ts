/** The unembedding as directions read strongly or hardly at all: its Gram matrix, singular values and null space (SCIENCE §6). */

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Model } from '../model/model.ts';
import { unembeddingGram } from './unembeddingGram.ts';
import { dot, lengthOf } from './vectors.ts';

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
  let left = [...vectors];
  const found: Float64Array[] = [];
  while (left.length > 0) {
    const d = (left[0] as Float64Array).length;
    const share = Float64Array.from({ length: d }, (_, i) =>
      left.reduce((sum, v) => sum + (v[i] as number) ** 2, 0),
    );
    const most = share.reduce((a, b) => Math.max(a, b));
    const axis = share.findIndex((value) => value > most - EQUALLY_NEAR);
    const next = new Float64Array(d);
    for (const v of left)
      for (let i = 0; i < d; i++) next[i] = (next[i] as number) + (v[axis] as number) * (v[i] as number);
    const length = lengthOf(next);
    found.unshift(next.map((x) => x / length));
    left = orthogonalTo(found[0] as Float64Array, left);
  }
  return found;
}

/** Shares of an axis that differ by less are one: of rounding on either engine. */
const EQUALLY_NEAR = 1e-4;

/** An orthonormal basis of what is left of a space without one unit vector in it: one vector less. */
function orthogonalTo(unit: Float64Array, basis: readonly Float64Array[]): Float64Array[] {
  const left: Float64Array[] = [];
  for (const v of basis) {
    let rest = v;
    for (const taken of [unit, ...left]) {
      const along = dot(rest, taken);
      rest = rest.map((x, i) => x - along * (taken[i] as number));
    }
    const length = lengthOf(rest);
    if (length > 1e-6) left.push(rest.map((x) => x / length));
  }
  return left.slice(0, basis.length - 1);
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
