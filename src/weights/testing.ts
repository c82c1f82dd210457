/** A tiny seeded GPT-2 and its checkpoint files in every layout found in the wild: the fixture of many tests. */

import { must } from '../base/assert.ts';
import { mulberry32 } from '../base/random.ts';
import { size } from '../base/shapes.ts';
import { gpt2Config, type ModelConfig, type NormKind, paramShapes } from '../tensor/params.ts';
import { huggingFaceName, isGain } from './names.ts';
import { type WritableDType, type WritableTensor, writeSafetensors } from './safetensorsWriter.ts';

/**
 * `layer`: an ordinary GPT-2, eps 1e-5. `lnfree-2025`: gain × 1e6/σ, eps 1e12, one σ per norm.
 * `lnfree-2024`: the very same function with ln_1 and ln_2 folded into the matrices, gain ≡ 1e6 and bias 0.
 */
export type TinyForm = 'layer' | 'lnfree-2025' | 'lnfree-2024';

export interface TinyModelOptions {
  seed?: number;
  nLayers?: number;
  dModel?: number;
  nHeads?: number;
  nCtx?: number;
  dVocab?: number;
  form?: TinyForm;
  /** False gives the model an unembedding of its own. */
  tied?: boolean;
}

export interface TinyCheckpointOptions extends TinyModelOptions {
  /** Of matrices. */
  dtype?: WritableDType;
  /** Of vectors. LN-free gains need F32. */
  vectors?: WritableDType;
  /** `transformer.` before every name but lm_head's. */
  prefix?: boolean;
  /** The mask buffers of old checkpoints. */
  masks?: boolean;
  /** A tied model whose file has a copy of the embedding as lm_head.weight all the same. */
  headCopy?: boolean;
  /** More than 1 writes shards and an index. */
  shards?: number;
  /** Spaces after the header, to move the data off its alignment. */
  headerPadding?: number;
}

export interface TinyModel {
  readonly config: ModelConfig;
  /** Canonical name → values, as a correct reader gives them in f32; shapes as in `paramShapes(config)`. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

/** What an LN-free gain is multiplied by on disk. */
export const ROOT_EPS = 1e6;

/**
 * The canonical parameters. Matrices and biases are multiples of 1/256 within ±0.5 and gains multiples of 1/64, so that
 * F32, F16 and BF16 hold them exactly; an LN-free gain is divided by a power of two (0.5 to 4), which is exact as well.
 */
export function makeTinyModel(options: TinyModelOptions = {}): TinyModel {
  const { seed = 1, form = 'layer' } = options;
  const config = tinyConfig(options);
  const random = mulberry32(seed);
  const values = new Map<string, Float32Array>();
  for (const [name, shape] of paramShapes(config)) {
    const draw = isGain(name)
      ? () => (48 + Math.floor(random() * 33)) / 64
      : () => (Math.floor(random() * 257) - 128) / 256;
    values.set(name, Float32Array.from({ length: size(shape) }, draw));
  }
  if (form === 'layer') return { config, values };
  for (const [name, gain] of values) {
    if (!isGain(name)) continue;
    const sigma = 2 ** (Math.floor(random() * 4) - 1);
    values.set(
      name,
      gain.map((gamma) => gamma / sigma),
    );
  }
  if (form === 'lnfree-2024') foldNorms(config, values);
  return { config, values };
}

/** The model's files, file name → bytes: config.json and model.safetensors, or shards with an index. */
export function makeTinyCheckpoint(
  options: TinyCheckpointOptions = {},
): Map<string, Uint8Array<ArrayBuffer>> {
  const { shards = 1, headerPadding = 0 } = options;
  const { config, values } = makeTinyModel(options);
  const tensors = diskTensors(config, values, options);
  const files = new Map([['config.json', jsonBytes(diskConfig(config))]]);
  if (shards === 1) return files.set('model.safetensors', writeSafetensors(tensors, headerPadding));
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const name = `model-${String(shard + 1).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}.safetensors`;
    const part = tensors.filter((_, i) => i % shards === shard);
    for (const tensor of part) weightMap[tensor.name] = name;
    files.set(name, writeSafetensors(part, headerPadding));
  }
  const index = {
    metadata: { total_size: 4 * tensors.reduce((sum, { shape }) => sum + size(shape), 0) },
    weight_map: weightMap,
  };
  return files.set('model.safetensors.index.json', jsonBytes(index));
}

export function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

function tinyConfig(options: TinyModelOptions): ModelConfig {
  const {
    nLayers = 2,
    dModel = 12,
    nHeads = 3,
    nCtx = 16,
    dVocab = 29,
    form = 'layer',
    tied = true,
  } = options;
  const norm: NormKind = form === 'layer' ? { kind: 'layer', eps: 1e-5 } : { kind: 'linear' };
  return { ...gpt2Config({ nLayers, nHeads, dModel, nCtx, dVocab }, norm), tiedEmbedding: tied };
}

/** config.json of a model; LN-free as √eps = 1e6 says it. */
export function diskConfig(config: ModelConfig): Record<string, unknown> {
  return {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    activation_function: 'gelu_new',
    n_layer: config.nLayers,
    n_head: config.nHeads,
    n_embd: config.dModel,
    n_ctx: config.nCtx,
    n_positions: config.nCtx,
    vocab_size: config.dVocab,
    layer_norm_epsilon: config.norm.kind === 'layer' ? config.norm.eps : ROOT_EPS ** 2,
    bos_token_id: config.bosTokenId,
    eos_token_id: config.bosTokenId,
    tie_word_embeddings: config.tiedEmbedding,
  };
}

function diskTensors(
  config: ModelConfig,
  values: ReadonlyMap<string, Float32Array>,
  options: TinyCheckpointOptions,
): WritableTensor[] {
  const { dtype = 'F32', vectors = 'F32', prefix = true, masks = false, headCopy = false } = options;
  const prefixed = (name: string) => (prefix && !name.startsWith('lm_head') ? `transformer.${name}` : name);
  const tensors: WritableTensor[] = [...paramShapes(config)].map(([canonical, shape]) => {
    const canonicalValues = must(values.get(canonical), canonical);
    const stored =
      isGain(canonical) && config.norm.kind === 'linear'
        ? canonicalValues.map((g) => g * ROOT_EPS)
        : canonicalValues;
    return {
      name: prefixed(huggingFaceName(canonical)),
      dtype: shape.length > 1 ? dtype : vectors,
      shape,
      values: stored,
    };
  });
  const { nCtx, nLayers, dVocab, dModel } = config;
  if (headCopy)
    tensors.push({
      name: 'lm_head.weight',
      dtype,
      shape: [dVocab, dModel],
      values: must(values.get('W_E'), 'W_E'),
    });
  for (let l = 0; masks && l < nLayers; l++) {
    const mask = Float32Array.from({ length: nCtx * nCtx }, (_, i) =>
      i % nCtx <= Math.floor(i / nCtx) ? 1 : 0,
    );
    tensors.push({
      name: prefixed(`h.${l}.attn.bias`),
      dtype: 'F32',
      shape: [1, 1, nCtx, nCtx],
      values: mask,
    });
    tensors.push({
      name: prefixed(`h.${l}.attn.masked_bias`),
      dtype: 'F32',
      shape: [],
      values: Float32Array.of(-1e4),
    });
  }
  return tensors;
}

/** (x̂ ⊙ g + β)·W + b = x̂·(diag(g)·W) + (b + β·W): what ln_1 and ln_2 scale and add moves into the matrix behind them. */
function foldNorms(config: ModelConfig, values: Map<string, Float32Array>): void {
  const get = (name: string) => must(values.get(name), name);
  for (let l = 0; l < config.nLayers; l++) {
    for (const [norm, matrix, bias] of [
      ['ln1', 'attn.W_QKV', 'attn.b_QKV'],
      ['ln2', 'mlp.W_in', 'mlp.b_in'],
    ] as const) {
      const p = `blocks.${l}.`;
      const [gain, beta, W, b] = [get(`${p}${norm}.w`), get(`${p}${norm}.b`), get(p + matrix), get(p + bias)];
      const columns = b.length;
      const added = Float64Array.from(b);
      W.forEach((w, i) => {
        added[i % columns] = (added[i % columns] ?? 0) + w * (beta[Math.floor(i / columns)] ?? 0);
      });
      values.set(
        p + matrix,
        W.map((w, i) => w * (gain[Math.floor(i / columns)] ?? 0)),
      );
      values.set(p + bias, Float32Array.from(added));
      values.set(`${p}${norm}.w`, new Float32Array(gain.length).fill(1));
      values.set(`${p}${norm}.b`, new Float32Array(beta.length));
    }
  }
}
