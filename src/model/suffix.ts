/** The rest of a forward pass from a replaced activation on: only the rows and layers that it can reach. */

import { must } from '../base/assert.ts';
import type { Ops } from '../tensor/ops.ts';
import type { BlockParams } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ActivationCache } from './cache.ts';
import { blockHook } from './hooks.ts';
import type { Model } from './model.ts';

/** Patched copies of one run, stacked as a batch, that agree with it before position `first`. */
export interface Suffix {
  readonly ops: Ops;
  readonly model: Model;
  /** The run that is patched, of one prompt, with `attn.hook_k` and `attn.hook_v` of the layers that are to come. */
  readonly kept: ActivationCache;
  /** Every tensor below has the rows from here on: [batch, pos − first, …]. */
  readonly first: number;
}

/** What a block of a batch goes on from. In the last layer, behind its keys and values, `first` must be the last position. */
export type Resumption =
  | { readonly at: 'resid_pre'; readonly resid: Tensor }
  /** `k` and `v` of all positions, [batch, pos, head·d_head]. */
  | { readonly at: 'qkv'; readonly resid: Tensor; readonly q: Tensor; readonly k: Tensor; readonly v: Tensor }
  | { readonly at: 'z'; readonly resid: Tensor; readonly z: Tensor }
  | { readonly at: 'resid_mid'; readonly resid: Tensor }
  | { readonly at: 'mlp_post'; readonly resid: Tensor; readonly post: Tensor }
  | { readonly at: 'resid_post'; readonly resid: Tensor };

/**
 * Goes on in `layer` and returns what the last block writes at the last position, [batch, 1, d_model]. Earlier positions
 * take part by their keys and values alone, which are the kept run's. The model runs as it is: no edits.
 */
export function resume(suffix: Suffix, layer: number, from: Resumption): Tensor {
  const resid = residPost(suffix, layer, from, suffix.model.config.nLayers - 1);
  return resid.shape[1] === 1 ? resid : lastRows(suffix.ops, resid);
}

/** What block `layer` writes. Of the blocks before it nothing stays. */
function residPost(suffix: Suffix, start: number, from: Resumption, layer: number): Tensor {
  const { ops } = suffix;
  const resid = ops.tidy(() =>
    finishBlock(
      suffix,
      layer,
      layer === start ? from : { at: 'resid_pre', resid: residPost(suffix, start, from, layer - 1) },
    ),
  );
  ops.border();
  return resid;
}

/** → resid_post; in the last layer of the last position alone. */
function finishBlock(suffix: Suffix, layer: number, from: Resumption): Tensor {
  const { ops, model, first } = suffix;
  const { nHeads } = model.config;
  const block = blockOf(model, layer);
  switch (from.at) {
    case 'resid_pre': {
      const last = layer === model.config.nLayers - 1;
      return finishBlock(suffix, layer, (last ? attendFromLast : attend)(suffix, layer, from.resid));
    }
    case 'qkv': {
      const z = ops.attention(from.q, from.k, from.v, nHeads, first);
      return finishBlock(suffix, layer, { at: 'z', resid: from.resid, z });
    }
    case 'z': {
      const { sum } = ops.linearAdd(from.resid, from.z, block.W_O, block.b_O);
      return finishBlock(suffix, layer, { at: 'resid_mid', resid: sum });
    }
    case 'resid_mid': {
      const y = { x: from.resid, params: block.ln2, kind: model.config.norm };
      const { post } = ops.linearGelu(y, block.W_in, block.b_in);
      return finishBlock(suffix, layer, { at: 'mlp_post', resid: from.resid, post });
    }
    case 'mlp_post':
      return ops.linearAdd(from.resid, from.post, block.W_out, block.b_out).sum;
    case 'resid_post':
      return from.resid;
  }
}

/** Attention of the rows that are recomputed, to them and to the earlier ones. */
function attend(suffix: Suffix, layer: number, resid: Tensor): Resumption {
  const { ops, model, first } = suffix;
  const { ln1, W_QKV, b_QKV } = blockOf(model, layer);
  const { q, k, v } = ops.qkv({ x: resid, params: ln1, kind: model.config.norm }, W_QKV, b_QKV);
  const { keys, values } = withEarlier(suffix, layer, k, v);
  return { at: 'z', resid, z: ops.attention(q, keys, values, model.config.nHeads, first) };
}

/** In the last layer only the last position is read: the others need no more than keys and values. */
function attendFromLast(suffix: Suffix, layer: number, resid: Tensor): Resumption {
  const { ops, model, first } = suffix;
  const { nHeads, norm } = model.config;
  const { ln1, W_QKV, b_QKV } = blockOf(model, layer);
  const [, rows = 0, d = 0] = resid.shape;
  const x = ops.norm(resid, ln1, norm).normalized;
  const q = ops.linear(lastRows(ops, x), W_QKV, b_QKV, [0, d]);
  const k = ops.linear(x, W_QKV, b_QKV, [d, d]);
  const v = ops.linear(x, W_QKV, b_QKV, [2 * d, d]);
  const { keys, values } = withEarlier(suffix, layer, k, v);
  const z = ops.attention(q, keys, values, nHeads, first + rows - 1);
  return { at: 'z', resid: lastRows(ops, resid), z };
}

/** Keys and values of all positions: the kept run's before `first`, these from there on. */
function withEarlier({ ops, kept, first }: Suffix, layer: number, k: Tensor, v: Tensor) {
  if (first === 0) return { keys: k, values: v };
  return {
    keys: ops.appendRows(kept.get(blockHook(layer, 'attn.hook_k')), first, k, 'keys'),
    values: ops.appendRows(kept.get(blockHook(layer, 'attn.hook_v')), first, v, 'values'),
  };
}

/** [batch, rows, d] → [batch, 1, d]. */
function lastRows(ops: Ops, x: Tensor): Tensor {
  const [batch = 0, rows = 0] = x.shape;
  const data = Uint32Array.from({ length: batch }, (_, entry) => (entry + 1) * rows - 1);
  return ops.embed(x, ops.upload({ dtype: 'u32', shape: [batch, 1], data }, 'last rows'), x.label);
}

function blockOf({ params }: Model, layer: number): BlockParams<Tensor> {
  return must(params.blocks[layer], `no block ${layer}`);
}
