/** Canonical parameter names and the names Hugging Face's GPT-2 gives the same tensors. */

import { must } from '../base/assert.ts';

const TOP: Readonly<Record<string, string>> = {
  W_E: 'wte.weight',
  W_pos: 'wpe.weight',
  'ln_final.w': 'ln_f.weight',
  'ln_final.b': 'ln_f.bias',
  W_U: 'lm_head.weight',
};

const BLOCK: Readonly<Record<string, string>> = {
  'ln1.w': 'ln_1.weight',
  'ln1.b': 'ln_1.bias',
  'attn.W_QKV': 'attn.c_attn.weight',
  'attn.b_QKV': 'attn.c_attn.bias',
  'attn.W_O': 'attn.c_proj.weight',
  'attn.b_O': 'attn.c_proj.bias',
  'ln2.w': 'ln_2.weight',
  'ln2.b': 'ln_2.bias',
  'mlp.W_in': 'mlp.c_fc.weight',
  'mlp.b_in': 'mlp.c_fc.bias',
  'mlp.W_out': 'mlp.c_proj.weight',
  'mlp.b_out': 'mlp.c_proj.bias',
};

/** `blocks.3.attn.W_O` → `h.3.attn.c_proj.weight`: the name without the optional `transformer.` in front. */
export function huggingFaceName(canonical: string): string {
  const [, layer, rest] = /^blocks\.(\d+)\.(.+)$/.exec(canonical) ?? [];
  const name = rest === undefined ? TOP[canonical] : BLOCK[rest];
  return (layer === undefined ? '' : `h.${layer}.`) + must(name, `no tensor is known for ${canonical}`);
}

/** Whether a parameter is a norm's gain, which an LN-free checkpoint stores multiplied by √eps. */
export function isGain(canonical: string): boolean {
  return /(^ln_final|\.ln[12])\.w$/.test(canonical);
}

/** The causal mask and its fill value, which old checkpoints carry along. */
export function isMaskBuffer(diskName: string): boolean {
  return /^(transformer\.)?h\.\d+\.attn\.(masked_)?bias$/.test(diskName);
}

/** The block a tensor on disk belongs to, or undefined. */
export function blockOf(diskName: string): number | undefined {
  const layer = /^(?:transformer\.)?h\.(\d+)\./.exec(diskName)?.[1];
  return layer === undefined ? undefined : Number(layer);
}
