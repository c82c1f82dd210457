/** The answer, the convention and the comparison in sentences. */

import type { PatchDirection, PatchSite } from '../../analysis/types/index.ts';
import type { Progress } from '../../engine/api.ts';
import type { EstimateResult } from '../../state/closer/patching.ts';
import { armTitle } from '../../state/selectors.ts';
import { number, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { cellName, largestCell, type OfArm, SITES } from './maps.ts';

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

const DOES: Record<PatchDirection, [into: string, does: string, said: string]> = {
  denoising: ['corrupted', 'brings back', 'denoising: clean activations into the corrupted run'],
  noising: ['clean', 'takes away', 'noising: corrupted activations into the clean run'],
};

export function directionInWords(direction: PatchDirection): string {
  return DOES[direction][2];
}

/** `Original: most is moved by L0 at 10 “␣girl”, replaced in the corrupted run, brings back 100 % of the difference …`; a sentence an arm. */
export function answerInWords(arms: readonly OfArm[], pieces: readonly string[]): string[] {
  return arms.flatMap(({ arm, map }) => {
    const { granularity, direction } = map.convention;
    const best = largestCell(map, granularity);
    if (!best) return [];
    const [into, does] = DOES[direction];
    const gap = map.cleanMetric - map.corruptedMetric;
    const logits = best.value * map.dividedBy;
    const moved = direction === 'denoising' ? logits : -logits;
    const back = gap * moved > 0;
    const size = `${number(Math.abs((100 * logits) / gap), 0)} % of the difference (${signed(logits)} of ${number(Math.abs(gap))} logits)`;
    return [
      `${armTitle(arm)}: ${cellName(best.cell, pieces)}, replaced in the ${into} run, ${back ? does : 'moves the other way by'} ${size}.`,
    ];
  });
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
