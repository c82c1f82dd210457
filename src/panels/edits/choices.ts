/** What can be edited and how, as the form offers it: kinds, sites by kind, and what narrows a site. */

import type { Edit } from '../../engine/api.ts';

export type EditKind = Edit['kind'];

export const KINDS: Readonly<Record<EditKind, string>> = {
  zero: 'set to 0',
  mean: 'set to its mean',
  set: 'set to a value',
  scale: 'multiply',
  add: 'add a direction (steer)',
  'from-run': 'copy from another prompt (patch)',
  'freeze-norm': 'freeze a norm’s σ',
  'knock-out': 'cut attention',
};

type Narrow = 'position' | 'head' | 'neuron' | 'query' | 'key';

interface Site {
  /** After `blocks.{l}.` */
  hook: string;
  label: string;
  narrow: readonly Narrow[];
}

const stream = (hook: string, label: string): Site => ({ hook, label, narrow: ['position'] });
const ofHeads = (name: string, label: string): Site => ({
  hook: `attn.hook_${name}`,
  label,
  narrow: ['position', 'head'],
});

export const SITES = {
  z: ofHeads('z', 'z: what heads read out'),
  q: ofHeads('q', 'q: queries'),
  k: ofHeads('k', 'k: keys'),
  v: ofHeads('v', 'v: values'),
  pattern: { hook: 'attn.hook_pattern', label: 'attention pattern', narrow: ['head', 'query', 'key'] },
  attn_scores: { hook: 'attn.hook_attn_scores', label: 'attention scores', narrow: ['head', 'query', 'key'] },
  attn_out: stream('hook_attn_out', 'attention output'),
  mlp_pre: { hook: 'mlp.hook_pre', label: 'neurons before GELU', narrow: ['position', 'neuron'] },
  mlp_post: { hook: 'mlp.hook_post', label: 'neurons after GELU', narrow: ['position', 'neuron'] },
  mlp_out: stream('hook_mlp_out', 'MLP output'),
  resid_pre: stream('hook_resid_pre', 'residual stream before the layer'),
  resid_mid: stream('hook_resid_mid', 'residual stream after attention'),
  resid_post: stream('hook_resid_post', 'residual stream after the layer'),
  ln1: { hook: 'ln1.hook_scale', label: 'norm before attention', narrow: [] },
  ln2: { hook: 'ln2.hook_scale', label: 'norm before the MLP', narrow: [] },
  ln_final: { hook: 'ln_final.hook_scale', label: 'final norm', narrow: [] },
} as const satisfies Readonly<Record<string, Site>>;

export type SiteName = keyof typeof SITES;

const NORMS: readonly SiteName[] = ['ln1', 'ln2', 'ln_final'];
const ACTIVATIONS = (Object.keys(SITES) as SiteName[]).filter((site) => !NORMS.includes(site));

/** The sites that a kind of edit can change. */
export function sitesOf(kind: EditKind): readonly SiteName[] {
  if (kind === 'freeze-norm') return NORMS;
  if (kind === 'knock-out') return ['pattern'];
  if (kind === 'mean') return ACTIVATIONS.filter((site) => site !== 'pattern' && site !== 'attn_scores');
  return ACTIVATIONS;
}
