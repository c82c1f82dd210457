/** config.json files that must be refused, and odd ones that must not be. */

import { type BadCase, config, type Files, file, gain, HTML, type OddCase, rawConfig } from './damage.ts';
import { makeTinyCheckpoint } from './testing.ts';

export const BAD_CONFIGS: BadCase[] = [
  [
    'a config that is not JSON',
    () => rawConfig('{"n_layer": NaN}'),
    /config\.json should be JSON but is damaged/,
  ],
  [
    'a config that is an array',
    () => rawConfig('[]'),
    /config\.json should hold a JSON object but holds an array/,
  ],
  ['a config that is a string', () => rawConfig('"gpt2"'), /holds "gpt2"/],
  [
    'a config that is a web page',
    () => (makeTinyCheckpoint() as Files).set('config.json', HTML),
    /config\.json should be JSON but is a web page/,
  ],
  ['a config that is empty', () => rawConfig(''), /config\.json should be JSON but is empty/],
  ['a config of 2 MB', () => rawConfig(' '.repeat(2 ** 21)), /config\.json is 2097152 bytes long/],
  [
    'a llama',
    () => config({ model_type: 'llama', architectures: ['LlamaForCausalLM'] }),
    /^This is a llama checkpoint; Normless reads GPT-2 only/,
  ],
  [
    'a GPT-NeoX that hides its type',
    () => config({ model_type: undefined, architectures: ['GPTNeoXForCausalLM'] }),
    /^This is a GPTNeoXForCausalLM checkpoint/,
  ],
  [
    'gpt2 with another architecture',
    () => config({ architectures: ['JambaForCausalLM'] }),
    /^This is a JambaForCausalLM checkpoint/,
  ],
  [
    'no architecture at all',
    () => config({ model_type: undefined, architectures: undefined }),
    /names no model_type/,
  ],
  ['no layers', () => config({ n_layer: 0 }), /n_layer: 0; Normless needs a whole number from 1/],
  ['a negative width', () => config({ n_embd: -12 }), /n_embd: -12/],
  ['a fractional number of heads', () => config({ n_head: 2.5 }), /n_head: 2\.5/],
  [
    'heads that do not divide the width',
    () => config({ n_head: 5 }),
    /n_embd: 12; Normless needs a multiple of n_head \(5\)/,
  ],
  ['a vocabulary as text', () => config({ vocab_size: '29' }), /vocab_size: "29"/],
  ['no vocabulary', () => config({ vocab_size: undefined }), /vocab_size: missing/],
  ['an absurd depth', () => config({ n_layer: 1e12 }), /n_layer: 1000000000000/],
  ['an absurd vocabulary', () => config({ vocab_size: 1e15 }), /vocab_size: 1000000000000000/],
  ['an absurd context', () => config({ n_positions: 1e300 }), /n_positions: 1e\+300/],
  [
    'a depth nested deeper than any stack',
    () =>
      rawConfig(
        `{"model_type": "gpt2", "n_embd": 12, "n_head": 3, "vocab_size": 29, "n_positions": 16, "n_layer": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      ),
    /config\.json nests more than 64 levels deep/,
  ],
  ['a depth that is a list', () => config({ n_layer: [[2]] }), /n_layer: an array; Normless needs/],
  ['no MLP', () => config({ n_inner: 0 }), /n_inner: 0/],
  ['a negative epsilon', () => config({ layer_norm_epsilon: -1e-5 }), /layer_norm_epsilon: -0\.00001/],
  ['an epsilon as text', () => config({ layer_norm_epsilon: 'NaN' }), /layer_norm_epsilon: "NaN"/],
  [
    'an infinite epsilon',
    () =>
      rawConfig(
        new TextDecoder().decode(file(makeTinyCheckpoint(), 'config.json')).replace('0.00001', '1e999'),
      ),
    /layer_norm_epsilon: Infinity/,
  ],
  [
    'another activation',
    () => config({ activation_function: 'relu' }),
    /activation_function: "relu"; Normless needs gelu_new/,
  ],
  ['the erf form of GELU', () => config({ activation_function: 'gelu' }), /activation_function: "gelu"/],
  ['unscaled attention', () => config({ scale_attn_weights: false }), /scale_attn_weights: false/],
  [
    'attention scaled by layer',
    () => config({ scale_attn_by_inverse_layer_idx: true }),
    /scale_attn_by_inverse_layer_idx: true/,
  ],
  ['cross-attention', () => config({ add_cross_attention: true }), /add_cross_attention: true/],
  [
    'LN-free epsilon, ordinary gains',
    () => config({ layer_norm_epsilon: 1e12 }),
    /half-converted: transformer\.h\.0\.ln_1\.weight has a median magnitude of [\d.]+ and .* 1000000000000;/,
  ],
  [
    'ordinary epsilon, LN-free gains',
    () => config({ layer_norm_epsilon: 1e-5 }, { form: 'lnfree-2025' }),
    /half-converted: transformer\.h\.0\.ln_1\.weight/,
  ],
  [
    'one gain left unconverted',
    () => gain('h.1.ln_2', 0.9, { form: 'lnfree-2025' }),
    /half-converted: transformer\.h\.1\.ln_2\.weight has a median magnitude of 0\.900/,
  ],
  [
    'the final gain left unconverted',
    () => gain('ln_f', 1.1, { form: 'lnfree-2024' }),
    /half-converted: transformer\.ln_f\.weight/,
  ],
  [
    'one gain converted too many',
    () => gain('h.1.ln_1', 2e6),
    /half-converted: transformer\.h\.1\.ln_1\.weight has a median magnitude of 2\.00e\+6/,
  ],
  [
    'an LN-free gain saved as F16',
    () => makeTinyCheckpoint({ form: 'lnfree-2025', vectors: 'F16' }) as Files,
    /ln_1\.weight holds Infinity: .*Get the checkpoint again, in F32/,
  ],
];

export const ODD_CONFIGS: OddCase[] = [
  ['the aliases of gelu_new', () => config({ activation_function: 'gelu_pytorch_tanh' }), /^$/],
  [
    'defaults left out',
    () =>
      config({
        activation_function: undefined,
        layer_norm_epsilon: undefined,
        n_inner: null,
        n_positions: undefined,
        tie_word_embeddings: undefined,
        architectures: null,
      }),
    /^$/,
  ],
  ['upcast attention', () => config({ reorder_and_upcast_attn: true }), /^$/],
  [
    'the ids of a config nobody adapted',
    () => config({ bos_token_id: 50256, eos_token_id: [28] }),
    /bos_token_id \(50256\) is not a token of a vocabulary of 29/,
  ],
];
