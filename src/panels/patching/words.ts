/** The convention and the comparison in words. */

import type { PatchDirection, PatchSite } from '../../analysis/types/index.ts';
import type { Progress } from '../../engine/api.ts';
import type { EstimateResult } from '../../state/closer/patching.ts';
import { armTitle } from '../../state/selectors.ts';
import { number, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { SITES } from './maps.ts';

/** An effect: two digits, in logits or as a share. */
export function effectInWords(value: number): string {
  return signed(value, 2);
}

export function siteInWords(site: PatchSite): string {
  return SITES.find(({ value }) => value === site)?.label ?? site;
}

/** `the logit of ␣she less that of ␣he`. */
export function metricInWords(
  target: readonly { piece: string }[],
  contrast: readonly { piece: string }[],
): string {
  const side = (tokens: typeof target) => {
    const pieces = tokens.map(({ piece }) => glyphs(piece)).join(', ');
    return tokens.length > 1 ? `the mean of ${pieces}` : pieces;
  };
  return `the logit of ${side(target)}${contrast.length > 0 ? ` less that of ${side(contrast)}` : ''}`;
}

/** The direction by its name in the literature. */
export function directionInWords(direction: PatchDirection): string {
  return direction === 'denoising'
    ? 'denoising: clean activations into the corrupted run'
    : 'noising: corrupted activations into the clean run';
}

/** How good the shortcut is, a sentence an arm. */
export function shortcutInWords({ arms }: EstimateResult, shown: readonly string[]): string[] {
  return shown.flatMap((arm) => {
    const agreement = arms[arm]?.agreement;
    if (!agreement) return [];
    const { correlation, signAgreement } = agreement;
    const parts = [
      correlation === null ? 'no correlation can be told' : `correlation ${number(correlation, 3)}`,
      signAgreement === null
        ? null
        : `the sign is right in ${number(100 * signAgreement, 0)} % of the places that matter`,
    ];
    return [`${armTitle(arm)}: ${parts.filter(Boolean).join(', ')}.`];
  });
}

/** The engine knows arms by their ids; before the first run it may have to bring them to WebGPU. */
export function phaseInWords({ phase, unit }: Progress, arms: readonly string[]): string {
  if (unit === 'bytes' || unit === 'pipelines') return `bringing the models to WebGPU: ${phase}`;
  const words = phase.split(' ').map((word) => (arms.includes(word) ? armTitle(word) : word));
  return words.join(' ');
}
