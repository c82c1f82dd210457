/** Entropy and loss under every ablation: one pass over the positions, three numbers per row and ablation leave the device. */

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

export async function measureAblations(run: ArmRun, ablations: Ablations): Promise<Measurements> {
  const { updates, directions, unigram, singles, cumulative } = ablations;
  const { model, cache } = run;
  const prompt = promptOf(cache);
  const n = directions.length;
  const counts = cumulative ? directions.map((_, i) => i + 1) : [n];
  // Beside the logits a prefix has what it adds and their sum.
  const bytes = 3 * 4 * model.config.dVocab;
  const read = await withScratch(model, 'neuron ablation', (ops) => {
    const recorder = new BlockRecorder(ops, ablations);
    return readInBlocks(ops, [...prompt.keys()], bytes, (some) => {
      // The last position has no next token; it is given a stand-in whose value is dropped.
      const next = uploadIds(
        ops,
        some.map((p) => prompt[p + 1] ?? 0),
        'next tokens',
      );
      const logits = logitsRows(run, ops, some); // [some, d_vocab]
      return [
        recorder.untouched(logits, some, next),
        ...counts.map((count) => ops.tidy(() => recorder.prefix(logits, some, next, count))),
        ...(singles ? [recorder.singles(logits, some, next)] : []),
        ...recorder.unigramLogit(logits),
      ];
    });
  });

  const T = prompt.length;
  const [alone, ...rest] = read as [Float32Array, ...Float32Array[]];
  const each = rest[counts.length] as Float32Array; // of singles
  const of = (values: Float32Array, column: number, width: number) => columnOf(values, column, width, T);
  const prefixes = counts.map((count, i) => {
    const both = rest[i] as Float32Array;
    return measured(of(both, 0, 2), of(both, 1, 2), updates.prefixes[count - 1]?.sigma as Float64Array);
  });
  return {
    base: measured(of(alone, 0, 1), of(alone, 0, 1), updates.sigma),
    single: singles
      ? updates.single.map(({ sigma }, i) => measured(of(each, i, 2 * n), of(each, n + i, 2 * n), sigma))
      : [],
    prefixes,
    unigramLogit: unigram ? (rest.at(-1) as Float32Array) : new Float32Array(),
  };
}

/** Records the reductions of a block of positions; `logits` are their rows, [some, d_vocab]. Each result is [some, ablations, 3]. */
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

  untouched(logits: Tensor, some: readonly number[], next: Tensor): Tensor {
    const [one, none] = [this.#constant(some, 1, 1), this.#constant(some, 1, 0)];
    return this.ops.scaledLogitStats(logits, null, null, one, none, next, 'unablated');
  }

  /** Total of every neuron, then Direct of every neuron. */
  singles(logits: Tensor, some: readonly number[], next: Tensor): Tensor {
    const { single, frozen } = this.ablations.updates;
    const alpha = this.#table(some, [
      ...single.map((update) => update.alpha),
      ...single.map((update) => update.alpha.map(() => 1)),
    ]);
    const beta = this.#table(some, [...single.map((update) => update.beta), ...frozen]);
    return this.ops.scaledLogitStats(logits, this.#bias, this.#directions, alpha, beta, next, 'single');
  }

  /** Total and Direct, in this order, with the first `count` neurons ablated together. */
  prefix(logits: Tensor, some: readonly number[], next: Tensor, count: number): Tensor {
    const { frozen, prefixes } = this.ablations.updates;
    const first = [...Array(count).keys()];
    const M =
      count === frozen.length
        ? this.#directions
        : this.ops.embed(this.#directions, uploadIds(this.ops, first), 'logits of the first w_out');
    const shift = this.#table(some, frozen.slice(0, count)); // Δ/σ
    const moved = this.ops.add(logits, this.ops.linear(shift, M, null));
    const ratio = prefixes[count - 1]?.alpha as Float64Array;
    const alpha = this.#table(some, [ratio, ratio.map(() => 1)]);
    return this.ops.scaledLogitStats(
      moved,
      this.#bias,
      null,
      alpha,
      this.#constant(some, 2, 0),
      next,
      'joint',
    );
  }

  /** Σ unigram·logit, [some, 1], where there is a unigram distribution. */
  unigramLogit(logits: Tensor): Tensor[] {
    return this.#unigram ? [this.ops.linearT(logits, this.#unigram, 'unigram logit')] : [];
  }

  /** A row for each position, a column for each list. */
  #table(some: readonly number[], lists: readonly Float64Array[]): Tensor {
    return uploadRows(
      this.ops,
      some.map((p) => lists.map((list) => list[p] as number)),
      'scales',
    );
  }

  #constant(some: readonly number[], columns: number, value: number): Tensor {
    return uploadRows(
      this.ops,
      some.map(() => Array(columns).fill(value)),
      'scales',
    );
  }
}

/** [position, (ln Σ e^logit, entropy, logit of the next token)] of one of `width` ablations. */
function columnOf(values: Float32Array, column: number, width: number, T: number): Float32Array[] {
  return Array.from({ length: T }, (_, p) =>
    values.subarray(3 * (p * width + column), 3 * (p * width + column) + 3),
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
