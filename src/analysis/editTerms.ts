/** What edits added to the residual stream and no part of the model wrote: terms of their own, so that sums still close. */

import type { ActivationCache } from '../model/cache.ts';
import { EDIT_SUFFIX, type HookName } from '../model/hooks.ts';

/** Hooks by their short names. */
type Summed = 'resid' | 'attn_out' | 'mlp_out' | 'z';

export interface EditTerm {
  /** `L3.resid_pre edit`. */
  readonly label: string;
  readonly layer: number;
  readonly site: Summed;
  /** Records after − before. */
  readonly hook: HookName;
}

/** The edits of a run at these hooks, which the terms of an analysis do not have inside. */
export function editTerms(cache: ActivationCache, outside: readonly Summed[]): EditTerm[] {
  return [...cache.activations.keys()].flatMap((hook): EditTerm[] => {
    if (!hook.endsWith(EDIT_SUFFIX)) return [];
    const [, layer = '', name = ''] = /^blocks\.(\d+)\.(?:attn\.)?hook_(\w+)/.exec(hook) ?? [];
    const site = (name.startsWith('resid') ? 'resid' : name) as Summed;
    if (!outside.includes(site)) return [];
    return [{ label: `L${layer}.${name} edit`, layer: Number(layer), site, hook }];
  });
}
