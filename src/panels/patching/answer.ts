/** The answer in a sentence an arm: of the residual stream where it carries the difference, of anything else what moves most. */

import { armTitle } from '../../state/selectors.ts';
import { list, number, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { cellName, cellsOf, largestCell, type OfArm } from './maps.ts';

export function answerInWords(arms: readonly OfArm[], pieces: readonly string[]): string[] {
  return arms.flatMap((own) => {
    const { site, granularity } = own.map.convention;
    const isStream = site.startsWith('resid') && granularity === 'position';
    const said = (isStream && carriedInWords(own, pieces)) || largestInWords(own, pieces);
    return said === null ? [] : [`${armTitle(own.arm)}: ${said}`];
  });
}

/** `L5H3, replaced in the corrupted run, brings back 78 % of the difference (+7.62 of 9.79 logits).` */
function largestInWords({ map }: OfArm, pieces: readonly string[]): string | null {
  const { granularity, direction } = map.convention;
  const best = largestCell(map, granularity);
  if (!best) return null;
  const gap = map.cleanMetric - map.corruptedMetric;
  const logits = best.value * map.dividedBy;
  const [into, does] = direction === 'denoising' ? ['corrupted', 'brings back'] : ['clean', 'takes away'];
  const follows = shareMoved(best.value, map) > 0 ? does : 'moves the other way by';
  const size = `${number(Math.abs((100 * logits) / gap), 0)} % of the difference (${signed(logits)} of ${number(Math.abs(gap))} logits)`;
  return `${cellName(best.cell, pieces)}, replaced in the ${into} run, ${follows} ${size}.`;
}

/** More would be no answer. */
const MOST_STAYS = 4;

/** Neighbouring layers whose largest effect is at one position. */
interface Stay {
  position: number;
  layers: number[];
  shares: number[];
}

/** `the difference is carried most at 10 “␣girl” in layers 0–4 (94–100 % of it) and at 19 “,” in layer 5 (100 %).` */
function carriedInWords({ map }: OfArm, pieces: readonly string[]): string | null {
  const stays: Stay[] = [];
  const cells = cellsOf(map, 'position');
  for (const layer of map.layers) {
    const shares = cells
      .filter(({ cell, value }) => cell.layer === layer && Number.isFinite(value))
      .map(({ cell, value }) => ({ position: cell.position ?? -1, share: shareMoved(value, map) }));
    if (shares.length === 0) continue;
    const { position, share } = shares.reduce((a, b) => (b.share > a.share ? b : a));
    const last = stays.at(-1);
    if (last?.position === position) {
      last.layers.push(layer);
      last.shares.push(share);
    } else stays.push({ position, layers: [layer], shares: [share] });
  }
  if (stays.length === 0 || stays.length > MOST_STAYS) return null;
  const parts = stays.map(({ position, layers, shares }, i) => {
    const at = `at ${position} “${glyphs(pieces[position] ?? '')}”`;
    const of = `${range(shares.map((share) => 100 * share))} %${i === 0 ? ' of it' : ''}`;
    return `${at} in layer${layers.length > 1 ? 's' : ''} ${range(layers)} (${of})`;
  });
  return `the difference is carried most ${list(parts)}.`;
}

/** How much of clean − corrupted a patch moves the way its direction means to; below 0 the other way. */
function shareMoved(value: number, map: OfArm['map']): number {
  const share = (value * map.dividedBy) / (map.cleanMetric - map.corruptedMetric);
  return map.convention.direction === 'denoising' ? share : -share;
}

/** `0–4`, or the one number. */
function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => number(value, 0));
  return least === most ? `${least}` : `${least}–${most}`;
}
