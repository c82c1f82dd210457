/** Entropy and loss under every ablation: one pass over the positions, three numbers per row and ablation leave the device. */

import { must } from '../base/assert.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type ArmRun, promptOf } from './armRun.ts';
import type { Updates } from './neuronAblationUpdates.ts';
import { uploadIds, uploadRows, uploadVector, withScratch } from './scratch.ts';
import { logitsRows, readInBlocks } from './unembed.ts';

/** One ablation (or none, where Total and Direct are the same): T values, of losses T − 1. */
export interface Measured {
  readonly entropyTotal: readonly number[];
  readonly entropyDirect: readonly number[];
  readonly lossTotal: readonly number[];
  readonly lossDirect: readonly number[];
  readonly sigmaAblated: ArrayLike<number>;
  /** ln Σ e^logit. */
  readonly lseTotal: readonly number[];
  readonly lseDirect: readonly number[];
}

export interface Measurements {
  readonly base: Measured;
  /** One neuron at a time; empty where nobody asked for them. */
  readonly single: readonly Measured[];
  /** All of them or, where cumulative, the first, the first two, … */
  readonly prefixes: readonly Measured[];
  /** Σ unigram·logit by position; empty without a unigram distribution. */
  readonly unigramLogit: Float32Array;
}

export interface Ablations {
  readonly updates: Updates;
  /** m of each neuron: what it adds to every logit. */
  readonly directions: readonly Float32Array[];
  /** b_U, or null for 0. */
  readonly bias: Float32Array | null;
  readonly unigram: Float64Array | null;
  /** Whether each neuron is ablated by itself, too: two updates of every row of logits for each. */
  readonly singles: boolean;
  readonly cumulative: boolean;
}

/** Entropies and losses of a run as it is and under the ablations. */
export async function measureAblations(run: ArmRun, ablations: Ablations): Promise<Measurements> {
  const { updates, directions, unigram, singles, cumulative } = ablations;
  const { model, cache } = run;
  const prompt = promptOf(cache);
  // Rows beside which as many may be kept: their logits, unless they are there, and what is added to them.
  const known = cache.has('logits') ? cache.get('logits') : null;
  const bytes = 2 * 4 * model.config.dVocab;
  const [stats, unigramLogit] = (await withScratch(model, 'neuron ablation', (ops) => {
    const recorder = new BlockRecorder(ops, ablations);
    return readInBlocks(ops, [...prompt.keys()], bytes, (some) => {
      // The last position has no next token; it is given a stand-in whose value is dropped.
      const next = uploadIds(
        ops,
        some.map((p) => prompt[p + 1] ?? 0),
        'next tokens',
      );
      const logits = known ?? logitsRows(run, ops, some); // [all or some, d_vocab]
      const start = known ? (some[0] as number) : 0;
      const stats = recorder.stats(logits, start, some, next);
      return unigram ? [stats, recorder.unigramLogit(known ? logitsRows(run, ops, some) : logits)] : [stats];
    });
  })) as [Float32Array, Float32Array | undefined];

  const T = prompt.length;
  const n = directions.length;
  const summed = singles ? n : 0;
  const count = summed + (cumulative ? n : 1);
  const entry = (i: number) => entriesOf(stats, i, 1 + 2 * count, T);
  const update = (i: number, sigma: ArrayLike<number>) => measured(entry(1 + count + i), entry(1 + i), sigma);
  const prefixes = cumulative ? updates.prefixes : updates.prefixes.slice(-1);
  return {
    base: measured(entry(0), entry(0), updates.sigma),
    single: singles ? updates.single.map(({ sigma }, i) => update(i, sigma)) : [],
    prefixes: prefixes.map(({ sigma }, i) => update(summed + i, sigma)),
    unigramLogit: unigram ? (unigramLogit as Float32Array) : new Float32Array(),
  };
}

/** Records the reductions of a block of positions. */
class BlockRecorder {
  readonly #directions: Tensor;
  readonly #bias: Tensor | null;
  readonly #unigram: Tensor | null;

  constructor(
    readonly ops: Ops,
    readonly ablations: Ablations,
  ) {
    const { directions, bias, unigram } = ablations;
    this.#directions = uploadRows(ops, directions, 'logits of w_out');
    this.#bias = bias && uploadVector(ops, bias, 'b_U');
    this.#unigram = unigram && uploadRows(ops, [unigram], 'unigram');
  }

  /**
   * [some, 1 + 2·updates, 3]: unablated, then Direct of every update, then Total: each neuron where asked for, then all of
   * them or the first, the first two, … `logits` has the rows of `some` from `start` on.
   */
  stats(x: Tensor, start: number, some: readonly number[], ids: Tensor): Tensor {
    const { updates, singles, cumulative } = this.ablations;
    const { single, frozen, prefixes } = updates;
    const sums = cumulative ? prefixes : prefixes.slice(-1);
    const scales = [...(singles ? single : []), ...sums].map(({ alpha }) => alpha);
    return this.ops.scaledLogitStats(
      {
        x,
        start,
        b: this.#bias,
        m: this.#directions,
        beta: this.#table(some, frozen), // Δ/σ: σ/σ′ comes after it, with α
        alpha: this.#table(some, scales),
        ids,
        each: singles,
        prefixes: cumulative,
      },
      'ablations',
    );
  }

  /** Σ unigram·logit, [some, 1]. */
  unigramLogit(logits: Tensor): Tensor {
    return this.ops.linearT(logits, must(this.#unigram, 'no unigram distribution'), 'unigram logit');
  }

  /** A row for each position, a column for each list. */
  #table(some: readonly number[], lists: readonly Float64Array[]): Tensor {
    return uploadRows(
      this.ops,
      some.map((p) => lists.map((list) => list[p] as number)),
      'scales',
    );
  }
}

/** [position, (ln Σ e^logit, entropy, logit of the next token)] of one of `width` entries. */
function entriesOf(values: Float32Array, entry: number, width: number, T: number): Float32Array[] {
  return Array.from({ length: T }, (_, p) =>
    values.subarray(3 * (p * width + entry), 3 * (p * width + entry) + 3),
  );
}

function measured(
  total: readonly Float32Array[],
  direct: readonly Float32Array[],
  sigmaAblated: ArrayLike<number>,
): Measured {
  const part = (rows: readonly Float32Array[], i: number) => rows.map((row) => row[i] as number);
  const losses = (rows: readonly Float32Array[]) =>
    rows.slice(0, -1).map(([lse, , logit]) => (lse as number) - (logit as number));
  return {
    entropyTotal: part(total, 1),
    entropyDirect: part(direct, 1),
    lossTotal: losses(total),
    lossDirect: losses(direct),
    sigmaAblated,
    lseTotal: part(total, 0),
    lseDirect: part(direct, 0),
  };
}
