/** Every site that can be patched: what it reads of the two runs, and the later activation whose patch has the same effect. */

import { InputError } from '../base/errors.ts';
import type { ActivationCache } from '../model/cache.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { Resumption } from '../model/suffix.ts';
import type { Ops } from '../tensor/ops.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { PatchGranularity, PatchSite } from './types/index.ts';

type BlockHook = Parameters<typeof blockHook>[1];

/** Reads an activation of the layer, [1, pos, …]: of the run that is patched (`own`), of the one that is read (`other`). */
export interface TwoRuns {
  readonly ops: Ops;
  readonly nHeads: number;
  own(hook: BlockHook): Tensor;
  other(hook: BlockHook): Tensor;
}

/** In place of a part of `from`, the same part of `to`: both [1, pos, width]. */
export interface Replacement {
  readonly from: Tensor;
  readonly to: Tensor;
}

export interface PatchSiteSpec {
  /** The hook that is patched. */
  readonly hook: BlockHook;
  readonly granularities: readonly PatchGranularity[];
  /** Where the run goes on. */
  readonly at: Resumption['at'];
  /** At layer 0 a row of it is made of one token and its position alone. */
  readonly ofOneToken?: true;
  readonly own: readonly BlockHook[];
  readonly other: readonly BlockHook[];
  replacement(runs: TwoRuns): Replacement;
}

const ROWS: readonly PatchGranularity[] = ['position'];
const HEADS: readonly PatchGranularity[] = ['position', 'head', 'head-position'];
const NEURONS: readonly PatchGranularity[] = ['position', 'neuron-topk'];

/**
 * A patch of a query or of a row of a pattern is one of that head's z at that position, a patch before the gelu one behind
 * it; a patch of what attention or the MLP writes is one of the residual stream behind it.
 */
const SITES: Readonly<Record<PatchSite, PatchSiteSpec>> = {
  resid_pre: { ...same('hook_resid_pre', 'resid_pre', ROWS, []), ofOneToken: true },
  q: {
    hook: 'attn.hook_q',
    granularities: HEADS,
    at: 'z',
    ofOneToken: true,
    own: ['attn.hook_k', 'attn.hook_v', 'attn.hook_z', 'hook_resid_pre'],
    other: ['attn.hook_q'],
    replacement: ({ ops, nHeads, own, other }) => ({
      from: own('attn.hook_z'),
      to: ops.attention(other('attn.hook_q'), own('attn.hook_k'), own('attn.hook_v'), nHeads),
    }),
  },
  k: {
    ...same('attn.hook_k', 'qkv', HEADS, ['attn.hook_q', 'attn.hook_v', 'hook_resid_pre']),
    ofOneToken: true,
  },
  v: {
    ...same('attn.hook_v', 'qkv', HEADS, ['attn.hook_q', 'attn.hook_k', 'hook_resid_pre']),
    ofOneToken: true,
  },
  pattern: {
    hook: 'attn.hook_pattern',
    granularities: HEADS,
    at: 'z',
    own: ['attn.hook_v', 'attn.hook_z', 'hook_resid_pre'],
    other: ['attn.hook_pattern'],
    replacement: ({ ops, own, other }) => ({
      from: own('attn.hook_z'),
      to: ops.mix(other('attn.hook_pattern'), own('attn.hook_v')),
    }),
  },
  z: same('attn.hook_z', 'z', HEADS, ['hook_resid_pre']),
  attn_out: {
    hook: 'hook_attn_out',
    granularities: ROWS,
    at: 'resid_mid',
    own: ['hook_resid_pre', 'hook_resid_mid'],
    other: ['hook_attn_out'],
    replacement: ({ ops, own, other }) => ({
      from: own('hook_resid_mid'),
      to: ops.add(own('hook_resid_pre'), other('hook_attn_out')),
    }),
  },
  resid_mid: same('hook_resid_mid', 'resid_mid', ROWS, []),
  mlp_pre: {
    hook: 'mlp.hook_pre',
    granularities: NEURONS,
    at: 'mlp_post',
    own: ['mlp.hook_post', 'hook_resid_mid'],
    other: ['mlp.hook_post'],
    replacement: ({ own, other }) => ({ from: own('mlp.hook_post'), to: other('mlp.hook_post') }),
  },
  mlp_post: same('mlp.hook_post', 'mlp_post', NEURONS, ['hook_resid_mid']),
  mlp_out: {
    hook: 'hook_mlp_out',
    granularities: ROWS,
    at: 'resid_post',
    own: ['hook_resid_mid', 'hook_resid_post'],
    other: ['hook_mlp_out'],
    replacement: ({ ops, own, other }) => ({
      from: own('hook_resid_post'),
      to: ops.add(own('hook_resid_mid'), other('hook_mlp_out')),
    }),
  },
  resid_post: same('hook_resid_post', 'resid_post', ROWS, []),
};

/** A site that is replaced as it is, with what else its run goes on from. */
function same(
  hook: BlockHook,
  at: Resumption['at'],
  granularities: readonly PatchGranularity[],
  beside: readonly BlockHook[],
): PatchSiteSpec {
  return {
    hook,
    granularities,
    at,
    own: [hook, ...beside],
    other: [hook],
    replacement: ({ own, other }) => ({ from: own(hook), to: other(hook) }),
  };
}

/** @throws InputError for what is no site, or no granularity of this one. */
export function patchSite(site: PatchSite, granularity: PatchGranularity): PatchSiteSpec {
  if (!Object.hasOwn(SITES, site))
    throw new InputError(`site is '${String(site)}', but must be one of: ${Object.keys(SITES).join(', ')}.`, {
      site,
      allowed: Object.keys(SITES),
    });
  const spec = SITES[site];
  if (spec.granularities.includes(granularity)) return spec;
  throw new InputError(
    `${site} cannot be patched by '${String(granularity)}': it has ${partsOf(spec)}. Use ${spec.granularities.map((each) => `'${each}'`).join(' or ')}.`,
    { site, granularity, allowed: spec.granularities },
  );
}

function partsOf({ granularities }: PatchSiteSpec): string {
  if (granularities === HEADS) return 'positions and heads';
  return granularities === NEURONS ? 'positions and neurons' : 'positions alone';
}

/** What the two runs must record for patches of a site in these layers. */
export function patchingHooks(
  { nLayers }: Pick<ModelConfig, 'nLayers'>,
  { own, other, at }: PatchSiteSpec,
  layers: readonly number[],
): { own: HookName[]; other: HookName[] } {
  const of = (hooks: readonly BlockHook[]) =>
    layers.flatMap((layer) => hooks.map((hook) => blockHook(layer, hook)));
  const from = Math.min(...layers) + (at === 'resid_pre' ? 0 : 1);
  const later = Array.from({ length: nLayers - from }, (_, i) => [
    blockHook(from + i, 'attn.hook_k'),
    blockHook(from + i, 'attn.hook_v'),
  ]);
  return { own: [...new Set([...of(own), ...later.flat()])], other: of(other) };
}

/** The activations of one layer of two runs. */
export function twoRuns(
  ops: Ops,
  nHeads: number,
  own: ActivationCache,
  other: ActivationCache,
  layer: number,
): TwoRuns {
  return {
    ops,
    nHeads,
    own: (hook) => own.get(blockHook(layer, hook)),
    other: (hook) => other.get(blockHook(layer, hook)),
  };
}
