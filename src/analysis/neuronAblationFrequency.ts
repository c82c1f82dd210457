/** Token-frequency neurons: how near predictions are to plain word counts, and which neurons move them there (SCIENCE §6). */

import { InputError } from '../base/errors.ts';
import type { Model } from '../model/model.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { type LabelledTensor, labelled } from '../tensor/tensor.ts';
import type { Measured, Measurements } from './neuronAblationMeasure.ts';
import type { Updates } from './neuronAblationUpdates.ts';
import { finalNorm } from './readout.ts';
import { uploadIds, uploadRows, withScratch } from './scratch.ts';
import type { NeuronAblationArm } from './types/index.ts';
import { unembeddingSpectrum } from './unembeddingSpectrum.ts';
import { centred, lengthOf } from './vectors.ts';

/** Counts for every token, else an InputError. */
export function checkedFrequencies(counts: readonly number[], { dVocab }: ModelConfig): readonly number[] {
  const sound = counts.length === dVocab && counts.every((count) => Number.isFinite(count) && count >= 0);
  if (sound && counts.some((count) => count > 0)) return counts;
  throw new InputError(
    `frequencies must be a list of ${dVocab} counts, one for each token of the vocabulary, none negative and not all 0. There are ${counts.length}.`,
    { given: counts.length, dVocab },
  );
}

/** The unigram distribution, counts smoothed by +1. */
export function unigramOf(counts: readonly number[]): Float64Array {
  const total = counts.reduce((sum, count) => sum + count + 1, 0);
  return Float64Array.from(counts, (count) => (count + 1) / total);
}

interface Divergences {
  readonly unigram: Float64Array;
  readonly bias: Float32Array | null;
  readonly directions: readonly Float32Array[];
  readonly updates: Updates;
  readonly measured: Measurements;
}

/**
 * KL(q ‖ p) = Σ q·ln q − Σ q·z + ln Σ e^z, and Σ q·z = q·b + α·(q·x − q·b) + β·q·m: linear in what is known, so that no
 * logit is touched again.
 */
export function unigramDivergences({
  unigram: q,
  bias,
  directions,
  updates,
  measured,
}: Divergences): NonNullable<NeuronAblationArm['klUnigram']> {
  const { base, single, unigramLogit: qx } = measured;
  const negentropy = q.reduce((sum, p) => sum + p * Math.log(p), 0);
  const along = (vector: ArrayLike<number>) => q.reduce((sum, p, v) => sum + p * (vector[v] as number), 0);
  const qb = bias ? along(bias) : 0;
  const qm = directions.map(along);
  const T = qx.length;
  const kl = (lse: Measured['lseTotal'], alpha: (p: number) => number, added: (p: number) => number) =>
    Array.from(qx, (x, p) => negentropy - (qb + alpha(p) * (x - qb) + added(p)) + (lse[p] as number));
  const at = (list: Float64Array | undefined, p: number) => list?.[p] as number;
  const perNeuron = (values: (neuron: number) => number[]) =>
    labelled(
      ['neuron', 'position'],
      [single.length, T],
      Float32Array.from(single.flatMap((_, i) => values(i))),
    );
  const one = () => 1;
  return {
    before: labelled(['position'], [T], Float32Array.from(kl(base.lseTotal, one, () => 0))),
    total: perNeuron((i) =>
      kl(
        single[i]?.lseTotal as number[],
        (p) => at(updates.single[i]?.alpha, p),
        (p) => at(updates.single[i]?.beta, p) * (qm[i] as number),
      ),
    ),
    direct: perNeuron((i) =>
      kl(single[i]?.lseDirect as number[], one, (p) => at(updates.frozen[i], p) * (qm[i] as number)),
    ),
  };
}

/**
 * |cos(W_U′ᵀ·w_out, f)| of every last-layer neuron, f the log-counts less their mean. W_U′ᵀ·w has length
 * √Σ s_k²·(d_k·w)² with the unembedding's singular values and directions, so that no [neuron, vocabulary] matrix is made.
 */
export async function frequencyCosines(model: Model, counts: readonly number[]): Promise<LabelledTensor> {
  const { dMlp, nLayers } = model.config;
  const { singularValues, directions } = await unembeddingSpectrum(model);
  const { gain } = await finalNorm(model);
  const f = centred(counts.map((count) => Math.log(count + 1)));
  const length = lengthOf(f);
  if (length === 0) {
    throw new InputError('frequencies are the same for every token, which no neuron can point along.', {});
  }
  const block = model.params.blocks[nLayers - 1] as (typeof model.params.blocks)[number];
  const read = await withScratch(model, 'token frequency', async (ops) => {
    const W_U = model.params.W_U;
    const unit = uploadRows(ops, [f.map((x) => x / length)], 'log-frequency');
    const [towards] = await ops.read([ops.linear(unit, W_U, null)]); // Σ_v f_v·W_U[v], [1, d_model]
    const direction = centred(towards.map((x, i) => x * (gain[i] as number)));
    const writing = ops.embed(block.W_out, uploadIds(ops, [...Array(dMlp).keys()]), 'W_out'); // [d_mlp, d_model]
    const scaled = directions.map((d, k) => d.map((x) => x * (singularValues[k] as number)));
    const parts = ops.linearT(writing, uploadRows(ops, scaled, 's·d'));
    return ops.read([
      ops.linearT(writing, uploadRows(ops, [direction], 'frequency direction')),
      ops.dotGroups(parts, parts, 1, 'squared length'),
    ]);
  });
  const [along, squares] = read;
  const cosines = Float32Array.from(along, (x, i) => {
    const size = Math.sqrt(squares[i] as number);
    return size > 0 ? Math.abs(x) / size : 0;
  });
  return labelled(['neuron'], [dMlp], cosines);
}
