/** What a part writes, in words and as a table. */

import type { TokenPush, WritesArm, WritesBetween } from '../../analysis/types/index.ts';
import type { ArmId } from '../../engine/api.ts';
import { armTitle } from '../../state/selectors.ts';
import { type CsvCell, toCsv } from '../../ui/csv.ts';
import { list, number } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';

export interface OfArm {
  arm: ArmId;
  written: WritesArm;
}

/** `In Original L5H3 pushes up ␣she, ␣her and ␣they most, in LN-free ␣she, …`. */
export function answerInWords(arms: readonly OfArm[]): string {
  const words = (pushes: readonly TokenPush[]) => list(pushes.slice(0, 3).map(({ piece }) => glyphs(piece)));
  const parts = arms.map(({ arm, written }, i) => {
    const subject = i === 0 ? `In ${armTitle(arm)} ${nameOf(written)} pushes up` : `in ${armTitle(arm)}`;
    return `${subject} ${words(written.up)} most, and down ${words(written.down)}`;
  });
  return `${parts.join('; ')}.`;
}

function nameOf({ label }: WritesArm): string {
  return label === 'direction' ? 'the direction target − contrast' : label;
}

/** Where, and divided by what. */
export function conventionInWords(arms: readonly OfArm[]): string {
  const first = arms[0]?.written;
  if (!first) return '';
  const centred = 'Logits through the final gain, less their mean over the vocabulary';
  if (first.position === null) {
    const unit = first.label === 'direction' ? 'the direction as it is' : 'an activation of 1';
    return `Weights alone: ${unit}. ${centred}; no final scale.`;
  }
  const frozen = arms.filter(({ written }) => written.convention.finalScale === 'frozen');
  const scales = frozen.map(
    ({ arm, written }) => `${number(written.convention.scale, 3)} in ${armTitle(arm)}`,
  );
  const scale = scales.length ? `; final scale frozen, σ = ${list(scales)}` : '';
  const free = arms.length > frozen.length ? '; an LN-free model has no scale' : '';
  const neurons = arms.filter(({ written }) => written.activation !== undefined);
  const activation = neurons.length
    ? ` Activation: ${list(neurons.map(({ arm, written }) => `${number(written.activation ?? 0, 3)} in ${armTitle(arm)}`))}.`
    : '';
  return `What was written at position ${first.position}. ${centred}${scale}${free}.${activation}`;
}

/** How alike two arms' vectors are. */
export function likenessInWords(
  { cosine, normRatio }: WritesBetween,
  [first, second]: readonly [ArmId, ArmId],
): string {
  return `The vectors of ${armTitle(first)} and ${armTitle(second)} have a cosine of ${number(cosine, 3)}; the second is ${number(normRatio, 2)} times as long.`;
}

export function writesCsv(arms: readonly OfArm[]): string {
  const rows = arms.flatMap(({ arm, written }) =>
    (['up', 'down'] as const).flatMap((way) =>
      written[way].map(({ id, piece, value }, i): CsvCell[] => [
        arm,
        written.label,
        way,
        i + 1,
        id,
        piece,
        value,
      ]),
    ),
  );
  return toCsv(['model', 'part', 'way', 'place', 'id', 'token', 'logits'], rows);
}
