/** The names of every activation, exactly TransformerLens's, with their axes and shapes (DESIGN §2). */

import { size } from '../base/shapes.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { type EditPlan, pathsDiffer, UNEDITED } from './editPlan.ts';

/** A full hook name, e.g. `blocks.0.attn.hook_z`. */
export type HookName = string;

export interface HookInfo {
  readonly name: HookName;
  readonly axes: readonly string[];
  readonly shape: readonly number[];
  /** Large and rarely wanted: recorded only when asked for by name. */
  readonly optIn: boolean;
}

const PER_BLOCK = [
  'hook_resid_pre',
  'ln1.hook_scale',
  'ln1.hook_normalized',
  'attn.hook_q',
  'attn.hook_k',
  'attn.hook_v',
  'attn.hook_attn_scores',
  'attn.hook_pattern',
  'attn.hook_z',
  'attn.hook_result',
  'hook_attn_out',
  'hook_resid_mid',
  'ln2.hook_scale',
  'ln2.hook_normalized',
  'mlp.hook_pre',
  'mlp.hook_post',
  'hook_mlp_out',
  'hook_resid_post',
] as const;

/** Where an edit gives the values' path of ln1 another scale: they stand behind ln1's, which are then the query/key path's. */
const VALUE_PATH = ['ln1_v.hook_scale', 'ln1_v.hook_normalized'] as const;

type BlockHook = (typeof PER_BLOCK)[number] | (typeof VALUE_PATH)[number];

/** The full name of a block's hook: `blockHook(3, 'attn.hook_z')` is `blocks.3.attn.hook_z`. */
export function blockHook(layer: number, hook: BlockHook): HookName {
  return `blocks.${layer}.${hook}`;
}

/** Ends the name of what edits added to a hook's activation. */
export const EDIT_SUFFIX = '.edit';

/** What edits added to this hook's activation: after − before, recorded where it takes part in a sum. */
export function editHook(name: HookName): HookName {
  return `${name}${EDIT_SUFFIX}`;
}

/** Of these hooks the additions are of interest: the residual stream is a sum of them. */
const SUMMED = /\.(hook_(resid_(pre|mid|post)|attn_out|mlp_out)|attn\.hook_z)$/;

/** What edits added, hook by hook, in the order of the plan. */
export function editHooks({ steps }: EditPlan): HookName[] {
  return [...steps.keys()].filter((name) => SUMMED.test(name)).map(editHook);
}

/** Every norm's σ, in the order of the forward pass; none without LayerNorm. */
export function scaleHooks({ nLayers, norm }: ModelConfig): HookName[] {
  if (norm.kind === 'linear') return [];
  const layers = Array.from({ length: nLayers }, (_, layer) => [
    blockHook(layer, 'ln1.hook_scale'),
    blockHook(layer, 'ln2.hook_scale'),
  ]);
  return [...layers.flat(), 'ln_final.hook_scale'];
}

function blockShape(hook: BlockHook, config: ModelConfig, pos: number): Pick<HookInfo, 'axes' | 'shape'> {
  const { nHeads, dHead, dModel, dMlp } = config;
  switch (hook) {
    case 'ln1.hook_scale':
    case 'ln1_v.hook_scale':
    case 'ln2.hook_scale':
      return { axes: ['pos', 'one'], shape: [pos, 1] };
    case 'attn.hook_q':
    case 'attn.hook_k':
    case 'attn.hook_v':
    case 'attn.hook_z':
      return { axes: ['pos', 'head', 'd_head'], shape: [pos, nHeads, dHead] };
    case 'attn.hook_attn_scores':
    case 'attn.hook_pattern':
      return { axes: ['head', 'query', 'key'], shape: [nHeads, pos, pos] };
    case 'attn.hook_result':
      return { axes: ['pos', 'head', 'd_model'], shape: [pos, nHeads, dModel] };
    case 'mlp.hook_pre':
    case 'mlp.hook_post':
      return { axes: ['pos', 'd_mlp'], shape: [pos, dMlp] };
    default:
      return { axes: ['pos', 'd_model'], shape: [pos, dModel] };
  }
}

/** Every hook of a model in the order of its forward pass, with axes and shape for `pos` tokens. */
export function allHooks(config: ModelConfig, pos: number, edits: EditPlan = UNEDITED): HookInfo[] {
  const residual = { axes: ['pos', 'd_model'], shape: [pos, config.dModel], optIn: false };
  const added = new Set(editHooks(edits));
  const blocks = Array.from({ length: config.nLayers }, (_, layer) =>
    blockHooks(pathsDiffer(edits, layer)).flatMap((hook) => {
      const name = blockHook(layer, hook);
      const info = { name, ...blockShape(hook, config, pos), optIn: hook === 'attn.hook_result' };
      return added.has(editHook(name)) ? [info, { ...info, name: editHook(name) }] : [info];
    }),
  ).flat();
  return [
    { name: 'hook_embed', ...residual },
    { name: 'hook_pos_embed', ...residual },
    ...blocks,
    { name: 'ln_final.hook_scale', axes: ['pos', 'one'], shape: [pos, 1], optIn: false },
    { name: 'ln_final.hook_normalized', ...residual },
    { name: 'logits', axes: ['pos', 'd_vocab'], shape: [pos, config.dVocab], optIn: false },
  ];
}

function blockHooks(pathsDiffer: boolean): readonly BlockHook[] {
  if (!pathsDiffer) return PER_BLOCK;
  return PER_BLOCK.flatMap((hook) => (hook === 'ln1.hook_normalized' ? [hook, ...VALUE_PATH] : [hook]));
}

/** Bytes of one prompt's activations of these hooks, as f32. */
export function hookBytes(
  config: ModelConfig,
  pos: number,
  hooks: ReadonlySet<HookName>,
  edits: EditPlan = UNEDITED,
): number {
  return allHooks(config, pos, edits).reduce(
    (sum, { name, shape }) => sum + (hooks.has(name) ? 4 * size(shape) : 0),
    0,
  );
}
