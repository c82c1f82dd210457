/** Every norm of a model with what it reads, divides by and writes, as the hooks give them. */

import type { ArmInfo } from '../engine/api.ts';
import type { Activations, Asking } from './asking.ts';
import { mustHave } from './mustHave.ts';
import { centredRows, type DiagonalFit, diagonalFit } from './vectors.ts';

export interface NormSite {
  /** `L3.ln1`, `final`. */
  label: string;
  input: string;
  scale: string;
  output: string;
}

export function normSites(layers: number): NormSite[] {
  const blocks = Array.from({ length: layers }, (_, l): NormSite[] => [
    {
      label: `L${l}.ln1`,
      input: `blocks.${l}.hook_resid_pre`,
      scale: `blocks.${l}.ln1.hook_scale`,
      output: `blocks.${l}.ln1.hook_normalized`,
    },
    {
      label: `L${l}.ln2`,
      input: `blocks.${l}.hook_resid_mid`,
      scale: `blocks.${l}.ln2.hook_scale`,
      output: `blocks.${l}.ln2.hook_normalized`,
    },
  ]);
  return [...blocks.flat(), finalSite(layers)];
}

export function finalSite(layers: number): NormSite {
  return {
    label: 'final',
    input: `blocks.${layers - 1}.hook_resid_post`,
    scale: 'ln_final.hook_scale',
    output: 'ln_final.hook_normalized',
  };
}

export const hooksOf = (sites: readonly NormSite[]): string[] => [
  ...new Set(sites.flatMap(({ input, scale, output }) => [input, scale, output])),
];

/** The site as one diagonal map of what is read: of the residual less its mean, of that over its σ, or of the residual as it is. */
export function fitSite(
  site: NormSite,
  read: Activations,
  width: number,
  reads: 'centred' | 'normalised' | 'as it is',
): DiagonalFit {
  const x = read(site.input);
  const scales = reads === 'normalised' ? read(site.scale) : undefined;
  return diagonalFit(reads === 'as it is' ? x : centredRows(x, width, scales), read(site.output), width);
}

/** All norms of an arm on the same tokens. */
export async function sitesOf(
  asking: Asking,
  arm: ArmInfo,
  tokens: readonly number[],
): Promise<{ sites: NormSite[]; read: Activations; width: number }> {
  const { nLayers, dModel } = mustHave(arm.config, arm.id);
  const sites = normSites(nLayers);
  return { sites, read: await asking.activations(arm.id, tokens, hooksOf(sites)), width: dModel };
}

/** The site with the largest, or the smallest, of a number. */
export function extreme<T>(items: readonly T[], of: (item: T) => number, which: 'largest' | 'smallest'): T {
  const sign = which === 'largest' ? 1 : -1;
  return items.reduce((best, item) => (sign * of(item) > sign * of(best) ? item : best));
}
