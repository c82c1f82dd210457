/** config.json of a Hugging Face GPT-2: what we need of it, and a clear no to what is not GPT-2. */

import { LoadError } from '../base/errors.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { type JsonObject, show } from './json.ts';

/** From here on an epsilon can only be a switched-off LayerNorm (DESIGN §3). */
const LN_FREE_EPS = 1e3;

/** Four spellings of one function in Transformers: the tanh form of GELU. */
const GELU_TANH = ['gelu_new', 'gelu_pytorch_tanh', 'gelu_fast', 'gelu_accurate'];

/** Beyond these a number is a mistake or an attack; GPT-2 XL has 48, 25, 1600, 6400, 1024 and 50257. */
const MAX = {
  layers: 1_000,
  heads: 1_000,
  width: 65_536,
  mlp: 262_144,
  context: 1_048_576,
  vocab: 4_194_304,
};

export interface ParsedConfig {
  /** `tiedEmbedding` is what config.json says; the tensors have the last word. */
  readonly config: ModelConfig;
  /** layer_norm_epsilon as stored: an LN-free gain is divided by its root. */
  readonly eps: number;
  /** What was passed over, in sentences. */
  readonly notes: readonly string[];
}

/** Reads a parsed config.json; LoadError names the field at fault, its value and what is allowed. */
export function parseConfig(json: JsonObject): ParsedConfig {
  refuseOtherArchitectures(json);
  refuseOtherMathematics(json);
  const dModel = count(json, 'n_embd', MAX.width);
  const nHeads = count(json, 'n_head', MAX.heads);
  if (dModel % nHeads !== 0) throw refused('n_embd', dModel, `a multiple of n_head (${nHeads})`);
  const dVocab = count(json, 'vocab_size', MAX.vocab);
  const eps = json.layer_norm_epsilon ?? 1e-5;
  if (typeof eps !== 'number' || !(eps > 0) || !Number.isFinite(eps))
    throw refused('layer_norm_epsilon', eps, 'a number above 0');
  const { bosTokenId, notes } = bosToken(json, dVocab);
  const config: ModelConfig = {
    nLayers: count(json, 'n_layer', MAX.layers),
    nHeads,
    dModel,
    dHead: dModel / nHeads,
    dMlp: (json.n_inner ?? null) === null ? 4 * dModel : count(json, 'n_inner', MAX.mlp),
    nCtx: count(json, (json.n_positions ?? null) === null ? 'n_ctx' : 'n_positions', MAX.context),
    dVocab,
    norm: eps >= LN_FREE_EPS ? { kind: 'linear' } : { kind: 'layer', eps },
    bosTokenId,
    tiedEmbedding: json.tie_word_embeddings !== false,
  };
  return { config, eps, notes };
}

function refuseOtherArchitectures(json: JsonObject): void {
  const architectures = Array.isArray(json.architectures)
    ? json.architectures.filter((a) => typeof a === 'string')
    : [];
  const type = typeof json.model_type === 'string' ? json.model_type : undefined;
  if (type === 'gpt2' && architectures.every((a) => a.startsWith('GPT2'))) return;
  if (type === undefined && architectures.length && architectures.every((a) => a.startsWith('GPT2'))) return;
  const what = type && type !== 'gpt2' ? type : architectures.find((a) => !a.startsWith('GPT2'));
  const data = { model_type: show(json.model_type), architectures: architectures.slice(0, 5).map(show) };
  if (what === undefined)
    throw new LoadError(
      'config.json names no model_type, so it cannot be told what this checkpoint is. Normless reads GPT-2 only. Pick the config.json of a GPT-2.',
      data,
    );
  throw new LoadError(
    `This is a ${what.slice(0, 60)} checkpoint; Normless reads GPT-2 only. Pick a checkpoint whose config.json says "model_type": "gpt2".`,
    data,
  );
}

/** Switches of Transformers' GPT-2 that change what is computed. (reorder_and_upcast_attn changes the precision only.) */
function refuseOtherMathematics(json: JsonObject): void {
  const activation = json.activation_function ?? 'gelu_new';
  if (!GELU_TANH.some((name) => name === activation))
    throw refused(
      'activation_function',
      activation,
      `gelu_new (or ${GELU_TANH.slice(1).join(', ')}, which are the same)`,
    );
  if (json.scale_attn_weights === false) throw refused('scale_attn_weights', false, 'true');
  if (json.scale_attn_by_inverse_layer_idx === true)
    throw refused('scale_attn_by_inverse_layer_idx', true, 'false');
  if (json.add_cross_attention === true) throw refused('add_cross_attention', true, 'false');
}

/** bos_token_id, else eos_token_id, else null. An id outside the vocabulary is the default of a config nobody adapted. */
function bosToken(json: JsonObject, dVocab: number): { bosTokenId: number | null; notes: string[] } {
  const notes: string[] = [];
  for (const key of ['bos_token_id', 'eos_token_id']) {
    const value: unknown = json[key];
    const id: unknown = Array.isArray(value) ? value[0] : value;
    if (id === undefined || id === null) continue;
    if (isWhole(id, 0, dVocab - 1)) return { bosTokenId: id, notes };
    notes.push(
      `config.json's ${key} (${show(id)}) is not a token of a vocabulary of ${dVocab} and is ignored.`,
    );
  }
  return { bosTokenId: null, notes };
}

function count(json: JsonObject, key: string, max: number): number {
  const value = json[key];
  if (isWhole(value, 1, max)) return value;
  throw refused(key, value, `a whole number from 1 to ${max}`);
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

function refused(key: string, value: unknown, allowed: string): LoadError {
  return new LoadError(
    `config.json says ${key}: ${show(value)}; Normless needs ${allowed}. Pick another checkpoint, or correct config.json if it does not belong to these weights.`,
    { key, value: show(value), allowed },
  );
}
