/** The d × d sums over the vocabulary that the unembedding's spectrum is made of, from a few rows of W_U at a time. */

import { rows } from '../base/shapes.ts';
import type { Model } from '../model/model.ts';
import { uploadIds, withScratch } from './scratch.ts';

/** Rows of W_U in host memory at once. */
const CHUNK = 2048;
/** Rows of W_U′ per product on the device: of the symmetric matrix of blocks only one half is computed. */
const BLOCK = 128;

/** u_v are the columns of W_U′ = C·diag(gain)·W_Uᵀ, centred over d_model and over the vocabulary; û_v of unit length. */
export interface UnembeddingGram {
  readonly dModel: number;
  readonly dVocab: number;
  /** Σ_v u_v u_vᵀ, [d·d] row-major. */
  readonly gram: Float64Array;
  /** Σ_v û_v û_vᵀ, [d·d] row-major. */
  readonly unitGram: Float64Array;
  /** Mean û_v, [d]. */
  readonly unitMean: Float64Array;
}

/**
 * Products are f32 sums over one chunk on the device, added up in f64. Centring over d_model, which the columns have
 * already, is repeated on the sums: it takes the rounding of the products out of the exact zero along all-ones.
 */
export async function unembeddingGram(model: Model): Promise<UnembeddingGram> {
  const [n, d] = [rows(model.params.W_U.shape), model.config.dModel];
  const folding = await foldingOf(model);
  const sums = { gram: new Float64Array(d * d), unitGram: new Float64Array(d * d) };
  const unitMean = new Float64Array(d);
  for await (const chunk of chunksOf(model)) {
    const inverseLengths = foldRows(chunk, folding);
    chunk.forEach((u, at) => {
      unitMean[at % d]! += (u * (inverseLengths[Math.floor(at / d)] as number)) / n;
    });
    await addGram(
      model,
      transposed(
        chunk,
        d,
        inverseLengths.map(() => 1),
      ),
      d,
      sums.gram,
    );
    await addGram(model, transposed(chunk, d, inverseLengths), d, sums.unitGram);
  }
  for (const sum of Object.values(sums)) {
    mirror(sum, d);
    centre(sum, d);
  }
  return { dModel: d, dVocab: n, ...sums, unitMean };
}

/** W_U as floats [count, d], some rows after the other. */
async function* chunksOf(model: Model): AsyncGenerator<Float32Array> {
  const { W_U } = model.params;
  const n = rows(W_U.shape);
  for (let first = 0; first < n; first += CHUNK) {
    const ids = Array.from({ length: Math.min(CHUNK, n - first) }, (_, i) => first + i);
    yield withScratch(model, 'unembedding', async (ops) => {
      // The identity gather reads any storage back as floats.
      const [chunk] = await ops.read([ops.embed(W_U, uploadIds(ops, ids), 'W_U')]);
      return chunk;
    });
  }
}

/** What makes a column of W_U′ of a row of W_U: ⊙ gain, − its mean, − the mean of all columns. */
interface Folding {
  readonly gain: Float32Array;
  readonly vocabularyMean: Float64Array;
}

async function foldingOf(model: Model): Promise<Folding> {
  const [n, d] = [rows(model.params.W_U.shape), model.config.dModel];
  const gain = await withScratch(model, 'final gain', async (ops) => {
    const [w] = await ops.read([model.params.lnFinal.w]);
    return w;
  });
  const vocabularyMean = new Float64Array(d);
  for await (const chunk of chunksOf(model)) {
    chunk.forEach((w, at) => {
      vocabularyMean[at % d]! += (w * (gain[at % d] as number)) / n;
    });
  }
  const mean = meanOf(vocabularyMean);
  return { gain, vocabularyMean: vocabularyMean.map((x) => x - mean) };
}

/** Makes rows of W_U columns of W_U′ in place; returns 1/length of each. */
function foldRows(chunk: Float32Array, { gain, vocabularyMean }: Folding): Float64Array {
  const d = gain.length;
  const column = new Float64Array(d);
  return Float64Array.from({ length: chunk.length / d }, (_, v) => {
    for (let i = 0; i < d; i++) column[i] = (chunk[v * d + i] as number) * (gain[i] as number);
    const mean = meanOf(column);
    let lengthSquared = 0;
    for (let i = 0; i < d; i++) {
      const x = (column[i] as number) - mean - (vocabularyMean[i] as number);
      chunk[v * d + i] = x;
      lengthSquared += x * x;
    }
    // A column of zeros has no direction: its cosine with anything counts as 0.
    return lengthSquared > 0 ? 1 / Math.sqrt(lengthSquared) : 0;
  });
}

/** Rows [count, d], each times its factor, as columns [d, m]: m is count up to a multiple of 4, with zeros. */
function transposed(chunk: Float32Array, d: number, factors: Float64Array): Float32Array {
  const count = factors.length;
  const m = 4 * Math.ceil(count / 4);
  const out = new Float32Array(d * m);
  // Sixteen rows at a time fill whole cache lines of `out`; row by row this takes twenty times as long.
  for (let first = 0; first < count; first += 16) {
    const last = Math.min(first + 16, count);
    for (let i = 0; i < d; i++) {
      for (let v = first; v < last; v++)
        out[i * m + v] = (chunk[v * d + i] as number) * (factors[v] as number);
    }
  }
  return out;
}

/** Adds A·Aᵀ to the lower half of `sum` (block by block, the diagonal ones whole): A [d, m]. */
async function addGram(model: Model, A: Float32Array, d: number, sum: Float64Array): Promise<void> {
  const m = A.length / d;
  const starts = Array.from({ length: Math.ceil(d / BLOCK) }, (_, b) => b * BLOCK);
  const pairs = starts.flatMap((row) =>
    starts.filter((column) => column <= row).map((column) => [row, column] as const),
  );
  await withScratch(model, 'Gram matrix', async (ops) => {
    const blocks = new Map(
      starts.map((start) => {
        const data = A.subarray(start * m, (start + BLOCK) * m);
        return [start, ops.upload({ dtype: 'f32', shape: [data.length / m, m], data }, 'columns')] as const;
      }),
    );
    const products = pairs.map(([row, column]) => {
      const product = ops.linearT(blocks.get(row)!, blocks.get(column)!, 'Gram block');
      ops.border();
      return product;
    });
    const values = await ops.read(products);
    pairs.forEach(([row, column], p) => {
      const width = products[p]!.shape[1] as number;
      values[p]!.forEach((value, at) => {
        sum[(row + Math.floor(at / width)) * d + column + (at % width)]! += value;
      });
    });
  });
}

function mirror(lower: Float64Array, d: number): void {
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) lower[j * d + i] = lower[i * d + j] as number;
}

/** C·S·C in place, with C = 1 − 11ᵀ/d: takes the mean off every row and every column of a symmetric S. */
function centre(S: Float64Array, d: number): void {
  const means = Float64Array.from({ length: d }, (_, i) => meanOf(S.subarray(i * d, (i + 1) * d)));
  const mean = meanOf(means);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) S[i * d + j]! += mean - (means[i] as number) - (means[j] as number);
  }
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
