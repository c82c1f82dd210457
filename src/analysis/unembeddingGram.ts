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
  const fold = await foldingOf(model);
  const sums = { gram: new Float64Array(d * d), unitGram: new Float64Array(d * d) };
  const unitMean = new Float64Array(d);
  for await (const chunk of chunksOf(model)) {
    const { columns, units } = columnsOf(chunk, fold, unitMean, n);
    await addGram(model, columns, d, sums.gram);
    await addGram(model, units, d, sums.unitGram);
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

/** Columns of W_U′ and of unit length, both [d, m] with zeros up to a multiple of 4; adds the units to their mean. */
function columnsOf(
  chunk: Float32Array,
  { gain, vocabularyMean }: Folding,
  unitMean: Float64Array,
  n: number,
) {
  const d = gain.length;
  const m = 4 * Math.ceil(chunk.length / d / 4);
  const [columns, units] = [new Float32Array(d * m), new Float32Array(d * m)];
  const column = new Float64Array(d);
  for (let v = 0; v < chunk.length / d; v++) {
    for (let i = 0; i < d; i++) column[i] = (chunk[v * d + i] as number) * (gain[i] as number);
    const mean = meanOf(column);
    let lengthSquared = 0;
    for (let i = 0; i < d; i++) {
      column[i]! -= mean + (vocabularyMean[i] as number);
      lengthSquared += (column[i] as number) ** 2;
    }
    // A column of zeros has no direction: its cosine with anything counts as 0.
    const inverse = lengthSquared > 0 ? 1 / Math.sqrt(lengthSquared) : 0;
    for (let i = 0; i < d; i++) {
      columns[i * m + v] = column[i] as number;
      units[i * m + v] = (column[i] as number) * inverse;
      unitMean[i]! += ((column[i] as number) * inverse) / n;
    }
  }
  return { columns, units };
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
