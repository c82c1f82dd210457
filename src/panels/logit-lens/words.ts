/** The lens in words: when an answer stands, one place of the grid, the convention in force. */

import type { LogitLensArm } from '../../analysis/types/index.ts';
import type { LensColour } from '../../state/closer/logitLens.ts';
import { armTitle } from '../../state/selectors.ts';
import { list, number, percent, points, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { at, settledAt, topAt } from './lens.ts';

export interface ArmLens {
  arm: string;
  lens: LogitLensArm;
}

/** `Original: ␣she is the likeliest from layer 3 of 0–5 on.` */
export function answerInWords({ arm, lens }: ArmLens, position: number): string {
  const settled = settledAt(lens, position);
  if (!settled) return '';
  const { layer, token } = settled;
  const last = lens.hooks.length - 1;
  const when =
    layer === last && last > 0
      ? `only after the last layer (${last})`
      : layer === 0
        ? 'after layer 0 already, and stays so'
        : `after layer ${layer} and stays so to the last (${last})`;
  return `${armTitle(arm)} puts “${glyphs(token.piece)}” first ${when}: ${percent(token.prob)} in the end.`;
}

/** What each arm's residual streams were divided by. */
export function conventionInWords(arms: readonly ArmLens[]): string {
  const withScale = arms.filter(({ lens }) => lens.convention.finalScale !== 'none');
  const free = arms.filter(({ lens }) => lens.convention.finalScale === 'none');
  const parts: string[] = [];
  if (withScale.length > 0) {
    const names = list(withScale.map(({ arm }) => armTitle(arm)));
    parts.push(
      withScale[0]?.lens.convention.finalScale === 'frozen'
        ? `${names}: every layer divided by the final σ of its position (frozen).`
        : `${names}: every layer divided by its own σ (recomputed).`,
    );
  }
  if (free.length > 0)
    parts.push(
      `${list(free.map(({ arm }) => armTitle(arm)))}: nothing is divided, there is no scale to choose.`,
    );
  return parts.join(' ');
}

/** What the grid's colour stands for. */
export function colourInWords(colour: LensColour, target: string | null): string {
  switch (colour) {
    case 'top':
      return 'probability of the likeliest token, which stands in the cell';
    case 'next':
      return 'probability of the actual next token; the last position has none';
    case 'target':
      return `probability of ${target ?? 'the target'}`;
    case 'rank':
      return '1 ÷ (1 + rank of the actual next token): 1 where it is the likeliest; the last position has none';
    default:
      return 'entropy in nats: how undecided that layer is';
  }
}

/** A cell's number: a share, a rank's reciprocal or nats. */
export function valueInWords(value: number, colour: LensColour): string {
  if (colour === 'entropy' || colour === 'rank') return number(value, 2);
  return percent(value);
}

/** A difference of two cells. */
export function differenceInWords(value: number, colour: LensColour): string {
  return colour === 'entropy' || colour === 'rank' ? signed(value, 2) : `${points(value)} points`;
}

/** Everything an arm says at one place, a line each. */
export function placeInWords({ lens }: ArmLens, layer: number, position: number): string[] {
  const top = topAt(lens, layer, position).slice(0, 3);
  const words = [top.map(({ piece, prob }) => `${glyphs(piece)} ${percent(prob)}`).join(', ')];
  const next = lens.target[position];
  if (next !== null && next !== undefined) {
    const prob = Math.exp(at(lens.targetLogprob, layer, position));
    const rank = at(lens.targetRank, layer, position);
    words.push(`next token ${glyphs(lens.pieces[next] ?? '')} ${percent(prob)}, rank ${rank}`);
  }
  words.push(`entropy ${number(at(lens.entropy, layer, position), 2)} nats`);
  return words;
}
