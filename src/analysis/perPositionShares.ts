/** The shares that heads and neurons have in every position's own target, recorded on the device. */

import { blockHook, type HookName } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ArmRun } from './armRun.ts';
import { editTerms } from './editTerms.ts';
import { centring, indexTable, uploadConstant, uploadRows } from './scratch.ts';

/**
 * Shares of every position's target, recorded on the device and not yet divided by σ. All positions are computed; where
 * the last has no target it gets a stand-in, whose shares are dropped when they have been read.
 */
export class PerPositionShares {
  readonly #pos: number;

  constructor(
    private readonly run: ArmRun,
    private readonly ops: Ops,
  ) {
    this.#pos = run.cache.pos;
  }

  /** Rows of W_U, less those of the contrasts or one row for all: u with logit difference = ln_final(x)·u. [1, pos, d_model]. */
  unembedding(targets: readonly number[], subtracted: readonly number[] | Float32Array): Tensor {
    const { ops } = this;
    const { W_U } = this.run.model.params;
    const u = ops.embed(W_U, this.#ids(targets), 'W_U rows of the targets');
    if (subtracted.length === 0) return u;
    const shared = subtracted instanceof Float32Array;
    const table = shared ? uploadRows(ops, [subtracted], 'subtracted') : W_U;
    const less = ops.embed(table, this.#ids(shared ? [] : subtracted), 'W_U rows subtracted');
    return ops.add(u, this.#negative(less), 'unembedding');
  }

  /** C·(gain ⊙ u), so that projecting an uncentred residual on it centres it too. [1, pos, d_model]. */
  direction(unembed: Tensor): Tensor {
    const { dModel } = this.run.model.config;
    const folded = this.ops.dotGroups(unembed, this.run.model.params.lnFinal.w, dModel, 'gain ⊙ u');
    return centring(this.ops, dModel)(folded, 'direction');
  }

  /** σ, embed, pos_embed, b_U and the actual value, [1, pos, 1] each. */
  ends(unembed: Tensor, direction: Tensor): readonly Tensor[] {
    const { ops, run } = this;
    return [
      run.cache.get('ln_final.hook_scale'),
      this.#projected('hook_embed', direction),
      this.#projected('hook_pos_embed', direction),
      ops.dotGroups(unembed, run.model.params.lnFinal.b, 1, 'b_U'),
      ops.dotGroups(run.cache.get('ln_final.hook_normalized'), unembed, 1, 'actual'),
    ];
  }

  /** What edits put in, [1, pos, 1] each, none of a run as it is. */
  edits(outside: Parameters<typeof editTerms>[1], direction: Tensor): readonly Tensor[] {
    return editTerms(this.run.cache, outside).map(({ hook }) => this.#projected(hook, direction));
  }

  /** Heads [1, pos, head]; b_O and the whole MLP [1, pos, 1]. */
  heads(layer: number, direction: Tensor): readonly Tensor[] {
    const { ops } = this;
    const { W_O, b_O } = this.#block(layer);
    const readOut = ops.linearT(direction, W_O, `L${layer} heads' read-out`); // [1, pos, head·d_head]
    const z = this.run.cache.get(blockHook(layer, 'attn.hook_z'));
    return [
      ops.dotGroups(z, readOut, this.run.model.config.nHeads, `L${layer} heads`),
      ops.dotGroups(direction, b_O, 1, `L${layer}.b_O`),
      this.#projected(blockHook(layer, 'hook_mlp_out'), direction),
    ];
  }

  /**
   * The whole attention, all neurons together, and b_out, [1, pos, 1] each; the k shares of neurons that are largest by
   * magnitude, and these neurons' indices as floats, [1, pos, k] each.
   */
  neurons(layer: number, direction: Tensor, k: number): readonly Tensor[] {
    const { ops } = this;
    const { dMlp } = this.run.model.config;
    const { W_out, b_out } = this.#block(layer);
    const readOut = ops.linearT(direction, W_out, `L${layer} neurons' read-out`); // [1, pos, d_mlp]
    const post = this.run.cache.get(blockHook(layer, 'mlp.hook_post'));
    const shares = ops.dotGroups(post, readOut, dMlp, `L${layer} neurons`); // [1, pos, d_mlp]
    const largest = ops.topK(shares, k, `L${layer} largest neurons`, 'magnitude');
    return [
      this.#projected(blockHook(layer, 'hook_attn_out'), direction),
      ops.dotGroups(post, readOut, 1, `L${layer} neurons' sum`),
      ops.dotGroups(direction, b_out, 1, `L${layer}.b_out`),
      largest.values,
      ops.embed(indexTable(ops, dMlp), largest.ids, 'their indices'),
    ];
  }

  #block(layer: number) {
    return this.run.model.params.blocks[layer] as ArmRun['model']['params']['blocks'][number];
  }

  /** [1, pos, 1]. */
  #projected(hook: HookName, direction: Tensor): Tensor {
    return this.ops.dotGroups(this.run.cache.get(hook), direction, 1, hook);
  }

  #negative(x: Tensor): Tensor {
    const width = x.shape[2] as number;
    return this.ops.dotGroups(x, uploadConstant(this.ops, width, -1), width, `−${x.label}`);
  }

  /** One id per position, [1, pos]; 0 where there are no more. */
  #ids(ids: readonly number[]): Tensor {
    const data = Uint32Array.from({ length: this.#pos }, (_, p) => ids[p] ?? 0);
    return this.ops.upload({ dtype: 'u32', shape: [1, this.#pos], data }, 'ids');
  }
}
