/** One arm's side of the logit lens: rows of logits of a residual stream on the device, and what is made of the numbers read. */

import { must } from '../base/assert.ts';
import { rows } from '../base/shapes.ts';
import type { HookName } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import { type LabelledTensor, labelled, type Tensor } from '../tensor/tensor.ts';
import type { ArmRun } from './armRun.ts';
import { indexTable, uploadIds } from './scratch.ts';
import type { LensScale, LogitLensArm } from './types/index.ts';

/** What is asked of every depth. */
export interface LensQuestion {
  readonly k: number;
  readonly positions: readonly number[];
  readonly scale: LensScale;
  /** Of each position; null where there is none. */
  readonly target: readonly (number | null)[];
  readonly track: readonly number[];
  piece(id: number): string;
}

/** A block of rows of logits with their log-sum-exp: [rows, d_vocab], [rows]. */
export interface LensRows {
  readonly logits: Tensor;
  readonly lse: Tensor;
}

/** Tensors that `LensReader.reduce` gives: six, and two for every tracked token. */
export const columnsOf = ({ track }: LensQuestion): number => 6 + 2 * track.length;

export class LensReader {
  readonly #normed: Normer;
  readonly #names: Tensor;

  constructor(
    private readonly run: ArmRun,
    private readonly ops: Ops,
    private readonly question: LensQuestion,
    /** The final σ of every position of the prompt. */
    private readonly sigma: Float32Array,
  ) {
    this.#normed = normer(run, ops, question.scale, sigma);
    this.#names = indexTable(ops, rows(run.model.params.W_U.shape));
  }

  /** Logits of the residual stream at some of the positions asked for, given by their index. */
  rows(hook: HookName, some: readonly number[]): LensRows {
    const { run, ops, question } = this;
    const at = some.map((i) => question.positions[i] as number);
    const normalized = this.#normed(run.cache.get(hook), at);
    const logits = ops.linearT(normalized, run.model.params.W_U, `lens at ${hook}`);
    return { logits, lse: ops.logSumExp(logits) };
  }

  /** Log-sum-exp, entropy, the k largest logits and their ids; logit and rank of the target and of every tracked token. */
  reduce({ logits, lse }: LensRows, some: readonly number[]): readonly Tensor[] {
    const { ops } = this;
    const { k, target, track } = this.question;
    const best = ops.topK(logits, k);
    // A position without a next token is given a stand-in, whose values are dropped when they have been read.
    const asked = [some.map((i) => target[i] ?? 0), ...track.map((id) => some.map(() => id))];
    const scores = asked.flatMap((ids) => {
      const which = uploadIds(ops, ids, 'tokens asked about');
      return [ops.gather(logits, which), ops.rank(logits, which)];
    });
    return [lse, ops.entropy(logits, lse), best.values, ops.embed(this.#names, best.ids), ...scores];
  }

  /** The result, from what `reduce` gave at every depth. */
  result(hooks: readonly HookName[], read: readonly (readonly Float32Array[])[]): LogitLensArm {
    const { k, positions, scale, target, track, piece } = this.question;
    const count = positions.length;
    const column = (depth: number, which: number) =>
      must(read[depth]?.[which], `column ${which} of the lens`);
    /** One entry per depth, position and rank below `width`. */
    const tensor = (
      width: number,
      value: (depth: number, i: number) => number,
      ranked = false,
    ): LabelledTensor => {
      const data = Float32Array.from({ length: hooks.length * count * width }, (_, i) =>
        value(Math.floor(i / (count * width)), i % (count * width)),
      );
      return ranked
        ? labelled(['depth', 'position', 'rank'], [hooks.length, count, width], data)
        : labelled(['depth', 'position'], [hooks.length, count], data);
    };
    const lse = (depth: number, position: number) => column(depth, 0)[position] as number;
    const grid = (which: number) => tensor(1, (d, i) => column(d, which)[i] as number);
    const logprobs = (which: number) => tensor(1, (d, i) => (column(d, which)[i] as number) - lse(d, i));
    const ids = tensor(k, (d, i) => column(d, 3)[i] as number, true);
    const best = tensor(k, (d, i) => (column(d, 2)[i] as number) - lse(d, Math.floor(i / k)), true);
    const named = new Set([...ids.data, ...track, ...target.filter((id) => id !== null)]);
    const ownScale = Float32Array.from(positions, (p) => this.sigma[p] as number);
    return {
      hooks: [...hooks],
      positions: [...positions],
      convention: {
        finalScale: this.run.model.config.norm.kind === 'layer' ? scale : 'none',
        scale: labelled(['position'], [count], ownScale),
      },
      top: { ids, logprobs: best },
      target: [...target],
      targetLogprob: withoutTarget(logprobs(4), target),
      targetRank: withoutTarget(grid(5), target),
      entropy: grid(1),
      tracked: track.map((id, i) => ({
        id,
        piece: piece(id),
        logprob: logprobs(6 + 2 * i),
        rank: grid(7 + 2 * i),
      })),
      pieces: Object.fromEntries([...named].map((id) => [id, piece(id)])),
    };
  }
}

/** The rows of a residual stream at some positions, normed as the convention has it: [positions, d_model]. */
type Normer = (residual: Tensor, positions: readonly number[]) => Tensor;

function normer({ model }: ArmRun, ops: Ops, scale: LensScale, sigma: Float32Array): Normer {
  const { norm, dModel } = model.config;
  const { lnFinal } = model.params;
  const rowsOf = (residual: Tensor, positions: readonly number[]) =>
    ops.embed(residual, uploadIds(ops, positions, 'positions'), residual.label);
  if (scale === 'recomputed' || norm.kind === 'linear')
    return (residual, positions) => ops.norm(rowsOf(residual, positions), lnFinal, norm).normalized;
  return (residual, positions) => {
    // x/σ first: the linear norm then centres it and adds gain and bias, which is ln_final with that σ.
    const inverse = Float32Array.from(
      { length: positions.length * dModel },
      (_, i) => 1 / (sigma[positions[Math.floor(i / dModel)] as number] as number),
    );
    const shape = [positions.length, dModel];
    const byRow = ops.upload({ dtype: 'f32', shape, data: inverse }, '1/σ');
    const scaled = ops.dotGroups(rowsOf(residual, positions), byRow, dModel, 'x/σ');
    return ops.norm(scaled, lnFinal, { kind: 'linear' }).normalized;
  };
}

/** NaN in the columns of positions that have no target. */
function withoutTarget(
  { axes, shape, data }: LabelledTensor,
  target: readonly (number | null)[],
): LabelledTensor {
  return labelled(
    axes,
    shape,
    data.map((value, i) => (target[i % target.length] === null ? Number.NaN : value)),
  );
}
