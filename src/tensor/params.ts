/** What a GPT-2 is once read: its configuration and its canonical parameters, shared by weights/, model/ and analysis/. */

import { lastAxis, rows, type Shape, size } from '../base/shapes.ts';
import { type DType, GROUP, type HostTensor, type Tensor } from './tensor.ts';

/** `layer`: divides by √(var + eps). `linear`: LN-free, centring and affine only; no variance is ever computed. */
export type NormKind = { readonly kind: 'layer'; readonly eps: number } | { readonly kind: 'linear' };

/** Sizes and conventions of one model, TransformerLens's names in camel case. */
export interface ModelConfig {
  readonly nLayers: number;
  readonly nHeads: number;
  readonly dModel: number;
  readonly dHead: number;
  readonly dMlp: number;
  readonly nCtx: number;
  readonly dVocab: number;
  readonly norm: NormKind;
  /** config.bos_token_id, else eos_token_id, else null: then asking for BOS is an InputError. */
  readonly bosTokenId: number | null;
  /** False where the checkpoint has an lm_head of its own. */
  readonly tiedEmbedding: boolean;
}

/** The sizes in which one GPT-2 differs from another. */
export type Gpt2Sizes = Pick<ModelConfig, 'nLayers' | 'nHeads' | 'dModel' | 'nCtx' | 'dVocab'>;

/** A GPT-2 of these sizes with what all published ones share: d_mlp = 4·d_model, the last token as BOS, W_U = W_E. */
export function gpt2Config(sizes: Gpt2Sizes, norm: NormKind = { kind: 'layer', eps: 1e-5 }): ModelConfig {
  const { nLayers, nHeads, dModel, nCtx, dVocab } = sizes;
  return {
    nLayers,
    nHeads,
    dModel,
    dHead: dModel / nHeads,
    dMlp: 4 * dModel,
    nCtx,
    dVocab,
    norm,
    bosTokenId: dVocab - 1,
    tiedEmbedding: true,
  };
}

/** Gain and bias of a norm, [d_model] each, f32. On an LN-free arm the gain is already divided by √eps. */
export interface NormParams<T> {
  readonly w: T;
  readonly b: T;
}

/**
 * One transformer block. Matrices are [in, out] (y = x·W + b), as Conv1D stores them.
 * W_QKV is [d_model, 3·d_model]: columns Q, K, V in turn, head h at columns h·d_head within each third.
 * W_O's rows h·d_head… belong to head h; W_out's row n is what neuron n writes.
 */
export interface BlockParams<T> {
  readonly ln1: NormParams<T>;
  readonly W_QKV: T;
  readonly b_QKV: T;
  readonly W_O: T;
  readonly b_O: T;
  readonly ln2: NormParams<T>;
  readonly W_in: T;
  readonly b_in: T;
  readonly W_out: T;
  readonly b_out: T;
}

/** All parameters. W_E [d_vocab, d_model]; W_pos [n_ctx, d_model]; W_U [d_vocab, d_model], one row per token, the same object as W_E when tied. */
export interface Params<T> {
  readonly W_E: T;
  readonly W_pos: T;
  readonly blocks: readonly BlockParams<T>[];
  readonly lnFinal: NormParams<T>;
  readonly W_U: T;
}

export type HostParams = Params<HostTensor>;
export type DeviceParams = Params<Tensor>;

/** How matrices are kept; vectors are always f32. */
export type StorageDType = 'f32' | 'f16' | 'q8';

/** How a parameter of this shape is kept when matrices are kept as `dtype`. */
export function storageOf(shape: Shape, dtype: StorageDType): StorageDType {
  return shape.length > 1 ? dtype : 'f32';
}

/** Bytes on a device, whole 32-bit words: what a budget may promise and a backend allocates. */
export function storageBytes(shape: Shape, dtype: DType): number {
  const n = size(shape);
  if (dtype === 'f16') return 4 * Math.ceil(n / 2);
  if (dtype === 'q8') return 4 * Math.ceil(n / 4) + 4 * rows(shape) * Math.ceil(lastAxis(shape) / GROUP);
  return 4 * n;
}

/** Canonical names and shapes of every parameter, in the order of the forward pass. W_U is left out when tied. */
export function paramShapes(config: ModelConfig): Map<string, readonly number[]> {
  const { nLayers, dModel: d, dMlp, dVocab, nCtx } = config;
  const shapes = new Map<string, readonly number[]>([
    ['W_E', [dVocab, d]],
    ['W_pos', [nCtx, d]],
  ]);
  for (let l = 0; l < nLayers; l++) {
    const p = `blocks.${l}.`;
    shapes.set(`${p}ln1.w`, [d]).set(`${p}ln1.b`, [d]);
    shapes.set(`${p}attn.W_QKV`, [d, 3 * d]).set(`${p}attn.b_QKV`, [3 * d]);
    shapes.set(`${p}attn.W_O`, [d, d]).set(`${p}attn.b_O`, [d]);
    shapes.set(`${p}ln2.w`, [d]).set(`${p}ln2.b`, [d]);
    shapes.set(`${p}mlp.W_in`, [d, dMlp]).set(`${p}mlp.b_in`, [dMlp]);
    shapes.set(`${p}mlp.W_out`, [dMlp, d]).set(`${p}mlp.b_out`, [d]);
  }
  shapes.set('ln_final.w', [d]).set('ln_final.b', [d]);
  if (!config.tiedEmbedding) shapes.set('W_U', [dVocab, d]);
  return shapes;
}

/** Puts parameters known by canonical name into the tree; `get` is called once per name. */
export function assembleParams<T>(config: ModelConfig, get: (name: string) => T): Params<T> {
  const norm = (name: string): NormParams<T> => ({ w: get(`${name}.w`), b: get(`${name}.b`) });
  const W_E = get('W_E');
  return {
    W_E,
    W_pos: get('W_pos'),
    blocks: Array.from({ length: config.nLayers }, (_, l) => ({
      ln1: norm(`blocks.${l}.ln1`),
      W_QKV: get(`blocks.${l}.attn.W_QKV`),
      b_QKV: get(`blocks.${l}.attn.b_QKV`),
      W_O: get(`blocks.${l}.attn.W_O`),
      b_O: get(`blocks.${l}.attn.b_O`),
      ln2: norm(`blocks.${l}.ln2`),
      W_in: get(`blocks.${l}.mlp.W_in`),
      b_in: get(`blocks.${l}.mlp.b_in`),
      W_out: get(`blocks.${l}.mlp.W_out`),
      b_out: get(`blocks.${l}.mlp.b_out`),
    })),
    lnFinal: norm('ln_final'),
    W_U: config.tiedEmbedding ? W_E : get('W_U'),
  };
}

/** The inverse of `assembleParams`: canonical name → parameter. A tied W_U stands under W_E only. */
export function flattenParams<T>(params: Params<T>): Map<string, T> {
  const flat = new Map<string, T>([
    ['W_E', params.W_E],
    ['W_pos', params.W_pos],
  ]);
  params.blocks.forEach((block, l) => {
    const p = `blocks.${l}.`;
    flat.set(`${p}ln1.w`, block.ln1.w).set(`${p}ln1.b`, block.ln1.b);
    flat.set(`${p}attn.W_QKV`, block.W_QKV).set(`${p}attn.b_QKV`, block.b_QKV);
    flat.set(`${p}attn.W_O`, block.W_O).set(`${p}attn.b_O`, block.b_O);
    flat.set(`${p}ln2.w`, block.ln2.w).set(`${p}ln2.b`, block.ln2.b);
    flat.set(`${p}mlp.W_in`, block.W_in).set(`${p}mlp.b_in`, block.b_in);
    flat.set(`${p}mlp.W_out`, block.W_out).set(`${p}mlp.b_out`, block.b_out);
  });
  flat.set('ln_final.w', params.lnFinal.w).set('ln_final.b', params.lnFinal.b);
  if (params.W_U !== params.W_E) flat.set('W_U', params.W_U);
  return flat;
}
