/** Takes parts out of the final residual on the device, norms what is left, and reads the target from it (SCIENCE §5, paper eq. 4). */

import { must } from '../base/assert.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ArmRun } from './armRun.ts';
import { centring, uploadConstant, uploadIds, uploadVector } from './scratch.ts';

/** What each position's target is: weights of rows of W_U, less one row for all (the mean row, where logits are centred). */
export interface Targets {
  /** Rows of W_U. */
  readonly ids: readonly number[];
  /** [position, id]. */
  readonly weights: Float32Array;
  readonly subtracted: Float32Array | null;
}

/** Of the whole residual at every position, [position] each. */
export interface Whole {
  /** σ. */
  readonly scale: number;
  /** The target's value. */
  readonly value: number;
  /** β·u: the part of the value that nothing in the residual wrote. */
  readonly bias: number;
}

/** Of one part taken out at one position. */
export interface Taken {
  /** c·direction: what the attribution divides by σ. */
  readonly share: number;
  /** The target's value without the part. */
  readonly value: number;
  /** σ′ as the norm measured it. */
  readonly scale: number;
  /** √(σ² + |c̃|²/d − 2x̃·c̃/d). */
  readonly scaleByParts: number;
}

/** The residual that the final norm reads. */
export function lastResidual(nLayers: number): HookName {
  return blockHook(nLayers - 1, 'hook_resid_post');
}

/** Rows that parts are held against, [1, positions, …, d_model]. */
interface Rows {
  readonly residual: Tensor;
  /** u: the target is ln_final(x)·u. */
  readonly unembed: Tensor;
  /** C·(gain ⊙ u). */
  readonly direction: Tensor;
  /** x̃: the residual less its mean. */
  readonly centred: Tensor;
}

/**
 * Removals at some positions of one run. A part is given as −c, [1, positions, group, d_model], for as many parts at once
 * as the group is wide; what comes back are the tensors that `taken` makes numbers of.
 */
export class Removal {
  readonly #count: number;
  readonly #at: Tensor;
  readonly #rows: Rows;
  readonly #centre: (x: Tensor, label: string) => Tensor;
  readonly #minusOne: Tensor;
  /** Per width of a group: every position's residual, u, direction and x̃ so many times over. */
  readonly #repeated: ReadonlyMap<number, Rows>;

  constructor(
    private readonly run: ArmRun,
    private readonly ops: Ops,
    private readonly positions: readonly number[],
    targets: Targets,
    /** How wide the groups of parts are. */
    groups: readonly number[],
  ) {
    const { config, params } = run.model;
    const d = config.dModel;
    this.#count = positions.length;
    this.#at = this.#ids(positions, [1, this.#count, 1]);
    this.#centre = centring(ops, d);
    this.#minusOne = uploadConstant(ops, d, -1);
    const residual = ops.embed(run.cache.get(lastResidual(config.nLayers)), this.#at, 'final residual');
    const unembed = this.#unembedding(targets);
    const folded = ops.dotGroups(unembed, params.lnFinal.w, d, 'gain ⊙ u');
    this.#rows = {
      residual,
      unembed,
      direction: this.#centre(folded, 'direction'),
      centred: this.#centre(residual, 'x̃'),
    };
    this.#repeated = new Map(groups.map((group) => [group, this.#each(group)]));
  }

  /** σ, the target's value and β·u, [1, positions, 1, 1] each. */
  whole(): readonly Tensor[] {
    const { params, config } = this.run.model;
    const { residual, unembed } = this.#rows;
    const { normalized, scale } = this.ops.norm(residual, params.lnFinal, config.norm, 'ln_final');
    const value = this.ops.dotGroups(normalized, unembed, 1, 'value');
    return [scale, value, this.ops.dotGroups(unembed, params.lnFinal.b, 1, 'b_U')];
  }

  /** Minus a hook that is itself a summand of the residual stream, [1, positions, 1, d_model]. */
  minusHook(hook: HookName): Tensor {
    return this.#minus(this.ops.embed(this.run.cache.get(hook), this.#at, hook));
  }

  /** Minus a bias that every position gets, [1, positions, 1, d_model]. */
  minusBias(bias: Tensor): Tensor {
    const { ops } = this;
    const d = bias.shape[0] as number;
    const data = new Float32Array(this.#count * d).fill(-1);
    const ones = ops.upload({ dtype: 'f32', shape: [1, this.#count, 1, d], data }, 'all −1');
    return ops.dotGroups(ones, bias, d, '−bias');
  }

  /** Minus what every head of a layer writes, value bias inside: [1, positions, head, d_model]. */
  minusHeads(layer: number): Tensor {
    const { ops, run } = this;
    const { W_O } = must(run.model.params.blocks[layer], `no block ${layer}`);
    const at = this.#ids(this.positions, [1, this.#count]);
    const z = ops.embed(run.cache.get(blockHook(layer, 'attn.hook_z')), at, `L${layer} z`);
    return ops.headResults(this.#minus(z), W_O, run.model.config.nHeads);
  }

  /** Minus activation × w_out of some neurons of a layer, at the only position: [1, 1, neurons, d_model]. */
  minusNeurons(layer: number, neurons: readonly number[], activations: readonly number[]): Tensor {
    const { ops, run } = this;
    const { W_out } = must(run.model.params.blocks[layer], `no block ${layer}`);
    const n = neurons.length;
    const written = ops.embed(W_out, uploadIds(ops, neurons, 'neurons'), 'w_out'); // [n, d_model]
    const diagonal = new Float32Array(n * n);
    activations.forEach((a, i) => {
      diagonal[i * n + i] = -a;
    });
    const scales = ops.upload({ dtype: 'f32', shape: [1, 1, n, n], data: diagonal }, '−a');
    return ops.linear(scales, written, null);
  }

  /** Of directions w [n, d_model] at the only position: w·direction, |w̃|² and x̃·w̃, [n, 1] each. */
  against(w: Tensor): readonly Tensor[] {
    const { ops } = this;
    const centred = this.#centre(w, 'w̃');
    return [
      ops.dotGroups(w, this.#rows.direction, 1, 'w·direction'),
      ops.dotGroups(centred, centred, 1, '|w̃|²'),
      ops.dotGroups(w, this.#rows.centred, 1, 'x̃·w̃'),
    ];
  }

  /** What must be read of parts taken out, [1, positions, group, 1] each; made into numbers by `taken`. */
  record(minus: Tensor): readonly Tensor[] {
    const { ops } = this;
    const { params, config } = this.run.model;
    const rows = must(this.#repeated.get(minus.shape[2] as number), 'a group of another width');
    const left = ops.add(rows.residual, minus, 'x − c');
    const { normalized, scale } = ops.norm(left, params.lnFinal, config.norm, 'ln_final without');
    const read = [
      ops.dotGroups(minus, rows.direction, 1, '−c·direction'),
      ops.dotGroups(normalized, rows.unembed, 1, 'value without'),
    ];
    if (config.norm.kind === 'linear') return read;
    const centred = this.#centre(minus, 'c̃');
    return [
      ...read,
      scale,
      ops.dotGroups(centred, centred, 1, '|c̃|²'),
      ops.dotGroups(minus, rows.centred, 1, '−x̃·c̃'),
    ];
  }

  #minus(x: Tensor): Tensor {
    return this.ops.dotGroups(x, this.#minusOne, x.shape.at(-1) as number, `−${x.label}`);
  }

  /** Every position's rows `group` times over; one position's row serves dot products as it is. */
  #each(group: number): Rows {
    if (group === 1) return this.#rows;
    const own = this.positions.flatMap((_, p) => Array<number>(group).fill(p));
    const ids = this.#ids(own, [1, this.#count, group]);
    const again = (rows: Tensor) => this.ops.embed(rows, ids, `${rows.label}, repeated`);
    const { residual, unembed, direction, centred } = this.#rows;
    if (this.#count === 1) return { ...this.#rows, residual: again(residual) };
    return {
      residual: again(residual),
      unembed: again(unembed),
      direction: again(direction),
      centred: again(centred),
    };
  }

  /** u of every position, [1, positions, 1, d_model]. */
  #unembedding({ ids, weights, subtracted }: Targets): Tensor {
    const { ops } = this;
    const rows = ops.embed(this.run.model.params.W_U, uploadIds(ops, ids), 'W_U rows'); // [ids, d_model]
    const shape = [1, this.#count, 1, ids.length];
    const mix = ops.upload({ dtype: 'f32', shape, data: weights }, 'weights');
    const less =
      subtracted &&
      uploadVector(
        ops,
        subtracted.map((x) => -x),
        '−mean row of W_U',
      );
    return ops.linear(mix, rows, less, undefined, 'unembedding');
  }

  #ids(ids: readonly number[], shape: readonly number[]): Tensor {
    return this.ops.upload({ dtype: 'u32', shape, data: Uint32Array.from(ids) }, 'ids');
  }
}

/** The numbers of the whole residual at one position. */
export function wholeAt([scale, value, bias]: readonly Float32Array[], position: number): Whole {
  return {
    scale: scale?.[position] as number,
    value: value?.[position] as number,
    bias: bias?.[position] as number,
  };
}

/** The numbers of part `i` of what `record` had read, where the whole residual's scale is σ. */
export function taken(read: readonly Float32Array[], i: number, sigma: number, dModel: number): Taken {
  const [share, value, scale, squared, crossed] = read.map((values) => values[i] as number);
  const byParts =
    squared === undefined || crossed === undefined
      ? 1 // LN-free
      : Math.sqrt(sigma ** 2 + squared / dModel + (2 * crossed) / dModel); // crossed is −x̃·c̃
  return {
    share: -(share as number),
    value: value as number,
    scale: scale ?? 1,
    scaleByParts: byParts,
  };
}
