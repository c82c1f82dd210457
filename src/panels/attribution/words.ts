/** The attribution in words: what is explained, under which convention, and how exactly it adds up. */

import type { DlaArm } from '../../analysis/types/index.ts';
import { armTitle } from '../../state/selectors.ts';
import type { Token } from '../../state/types.ts';
import { list, magnitude, number } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';

/** `␣she over ␣he`, `␣she`, `the mean of ␣a and ␣b over ␣c`. */
export function questionInWords(target: readonly Token[], contrast: readonly Token[]): string {
  return contrast.length ? `${side(target)} over ${side(contrast)}` : side(target);
}

function side(tokens: readonly Token[]): string {
  const words = list(tokens.map((token) => glyphs(token.piece)));
  return tokens.length > 1 ? `the mean of ${words}` : words;
}

/** The convention of each arm in plain words: LayerNorm's scale is held at this run's value, or there is none. */
export function conventionsInWords(arms: readonly { arm: string; dla: DlaArm }[]): string {
  const frozen = arms.filter(({ dla }) => dla.convention.finalScale === 'frozen');
  const free = arms.filter(({ dla }) => dla.convention.finalScale === 'none');
  const parts: string[] = [];
  if (frozen.length) {
    const scales = frozen.map(({ arm, dla }) => `σ = ${number(dla.convention.scale, 3)} in ${armTitle(arm)}`);
    parts.push(`Final LayerNorm scale frozen: ${list(scales)}.`);
  }
  if (free.length)
    parts.push(`${list(free.map(({ arm }) => armTitle(arm)))} has none: exact by construction.`);
  return parts.join(' ');
}

/** The verdict over all arms: the terms add up to the model's own logit, or they do not. */
export function exactness(arms: readonly { arm: string; dla: DlaArm }[]): {
  ok: boolean;
  text: string;
  title: string;
} {
  const bad = arms.filter(({ dla }) => !(dla.error <= dla.tolerance));
  const worst = Math.max(...arms.map(({ dla }) => dla.error));
  return {
    ok: bad.length === 0,
    text: bad.length ? `✗ sum is off by ${magnitude(worst)}` : `✓ adds up within ${magnitude(worst)}`,
    title: arms
      .map(({ arm, dla }) => {
        const allowed = `allowed ${magnitude(dla.tolerance)}`;
        return `${armTitle(arm)}: terms sum to ${number(dla.sum, 4)}, the model says ${number(dla.actual, 4)} (difference ${magnitude(dla.error)}, ${allowed})`;
      })
      .join('\n'),
  };
}
