/** Raw activations of one arm as a .safetensors file, by their TransformerLens names: what a notebook goes on with. */

import { InputError } from '../base/errors.ts';
import type { ArmId, Edit, Normless, PromptRequest, RunResult } from '../engine/api.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { LabelledTensor } from '../tensor/tensor.ts';

type Sizes = Pick<ModelConfig, 'nLayers' | 'nHeads' | 'dModel' | 'dHead' | 'dMlp' | 'dVocab'>;

/** Hooks that are often wanted together. `hooks` in full of a model of so many layers; `floats` a position's worth of them. */
export interface HookSet {
  id: string;
  title: string;
  hooks: (layers: number) => string[];
  floats: (config: Sizes, pos: number) => number;
}

const ofBlocks = (names: readonly string[]) => (layers: number) =>
  Array.from({ length: layers }, (_, layer) => names.map((name) => `blocks.${layer}.${name}`)).flat();

export const HOOK_SETS: readonly HookSet[] = [
  {
    id: 'residual',
    title: 'residual stream, before each block and at the end',
    hooks: (layers) => [...ofBlocks(['hook_resid_pre'])(layers), `blocks.${layers - 1}.hook_resid_post`],
    floats: ({ nLayers, dModel }) => (nLayers + 1) * dModel,
  },
  {
    id: 'components',
    title: 'what each part writes: embeddings, attention, MLP',
    hooks: (layers) => [
      'hook_embed',
      'hook_pos_embed',
      ...ofBlocks(['hook_attn_out', 'hook_mlp_out'])(layers),
    ],
    floats: ({ nLayers, dModel }) => (2 + 2 * nLayers) * dModel,
  },
  {
    id: 'patterns',
    title: 'attention patterns',
    hooks: ofBlocks(['attn.hook_pattern']),
    floats: ({ nLayers, nHeads }, pos) => nLayers * nHeads * pos,
  },
  {
    id: 'heads',
    title: 'queries, keys, values and z of heads',
    hooks: ofBlocks(['attn.hook_q', 'attn.hook_k', 'attn.hook_v', 'attn.hook_z']),
    floats: ({ nLayers, nHeads, dHead }) => 4 * nLayers * nHeads * dHead,
  },
  {
    id: 'neurons',
    title: 'MLP neurons, before and after GELU',
    hooks: ofBlocks(['mlp.hook_pre', 'mlp.hook_post']),
    floats: ({ nLayers, dMlp }) => 2 * nLayers * dMlp,
  },
  {
    id: 'norms',
    title: 'norms: what each divides by, and gives',
    hooks: (layers) => [
      ...ofBlocks(['ln1.hook_scale', 'ln1.hook_normalized', 'ln2.hook_scale', 'ln2.hook_normalized'])(layers),
      'ln_final.hook_scale',
      'ln_final.hook_normalized',
    ],
    floats: ({ nLayers, dModel }) => (2 * nLayers + 1) * (dModel + 1),
  },
  { id: 'logits', title: 'logits', hooks: () => ['logits'], floats: ({ dVocab }) => dVocab },
];

/** The hooks of some sets, each once. @throws InputError where none is chosen. */
export function hooksOf(sets: readonly string[], layers: number): string[] {
  const hooks = HOOK_SETS.filter(({ id }) => sets.includes(id)).flatMap((set) => set.hooks(layers));
  if (hooks.length > 0) return hooks;
  throw new InputError(`Choose at least one of: ${HOOK_SETS.map(({ id }) => id).join(', ')}.`, { sets });
}

/** Bytes of the tensors of some sets, for a prompt of `pos` tokens. */
export function activationBytes(sets: readonly string[], config: Sizes, pos: number): number {
  const floats = HOOK_SETS.filter(({ id }) => sets.includes(id)).map((set) => set.floats(config, pos));
  return 4 * pos * floats.reduce((sum, each) => sum + each, 0);
}

export interface ActivationsRequest extends PromptRequest {
  arm: ArmId;
  hooks: readonly string[];
}

/**
 * Runs the prompt on one arm and gives the file's bytes. The metadata say which pair and arm, token ids, edits, engine and
 * version; a text each, as the format has it.
 */
export async function activationsFile(
  normless: Pick<Normless, 'run' | 'dispose' | 'version'>,
  { arm, hooks, ...prompt }: ActivationsRequest,
): Promise<Uint8Array<ArrayBuffer>> {
  const run = await normless.run({ ...prompt, arms: [arm], hooks: [...hooks] });
  try {
    const tensors = run.arms[arm]?.activations ?? {};
    return safetensors(tensors, metadataOf(run, arm, normless.version));
  } finally {
    await normless.dispose(run);
  }
}

function metadataOf(run: RunResult, arm: ArmId, version: string): Record<string, string> {
  const edits: readonly Edit[] = run.edits ?? [];
  const unedited = run.unedited?.includes(arm) ?? false;
  return {
    format: 'pt',
    normless: version,
    pair: run.pair,
    arm,
    engine: run.engine,
    tokens: JSON.stringify(run.tokens),
    edits: JSON.stringify(unedited ? [] : edits),
  };
}

/** 8 bytes of header length, a JSON header, the values little-endian: F32 throughout, each tensor at a multiple of 4 bytes. */
export function safetensors(
  tensors: Readonly<Record<string, Pick<LabelledTensor, 'shape' | 'data'>>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape: [...shape], data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = 8 * Math.ceil(json.length / 8); // spaces after the JSON are allowed, and make the values aligned
  const file = new Uint8Array(8 + length + end).fill(0x20, 8, 8 + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(json, 8);
  let at = 8 + length;
  for (const { data } of Object.values(tensors)) {
    // Every machine that browsers run on is little-endian, as typed arrays are.
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}
