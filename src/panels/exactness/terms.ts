/** From lists of terms to what is drawn and told: points, layer × head maps, a table, and the answer in words. */

import type { DirectEffectArm, DirectEffectTerm, Estimate } from '../../analysis/types/index.ts';
import type { ArmId } from '../../engine/api.ts';
import { armTitle } from '../../state/selectors.ts';
import { type CsvCell, toCsv } from '../../ui/csv.ts';
import { list, magnitude, number } from '../../ui/format.ts';

export interface OfArm {
  arm: ArmId;
  effects: DirectEffectArm;
}

export interface Matrix {
  layers: number;
  heads: number;
  /** Row-major [layer, head]. */
  values: Float32Array;
}

/** One number of every head. */
export function headMatrix(
  terms: readonly DirectEffectTerm[],
  value: (term: DirectEffectTerm) => number,
): Matrix {
  const own = terms.filter(({ head }) => head !== undefined);
  const layers = 1 + Math.max(-1, ...own.map(({ layer = 0 }) => layer));
  const heads = 1 + Math.max(-1, ...own.map(({ head = 0 }) => head));
  const values = new Float32Array(layers * heads);
  for (const term of own) values[(term.layer ?? 0) * heads + (term.head ?? 0)] = value(term);
  return { layers, heads, values };
}

/** Heads or neurons alone: what the picture and the error are of. */
export function counted({ unit, terms }: DirectEffectArm): DirectEffectTerm[] {
  return terms.filter(({ head, neuron }) => (unit === 'neuron' ? neuron : head) !== undefined);
}

/** An error in per cent: `69.7 %`, `0.00 %`. */
export function errorPercent(value: number): string {
  return `${number(value, value >= 10 ? 1 : 2)} %`;
}

/** `69.7 % [62.2, 77.6]`. */
export function estimateInWords({ value, low, high }: Estimate): string {
  const digits = value >= 10 ? 1 : 2;
  return `${errorPercent(value)} [${number(low, digits)}, ${number(high, digits)}]`;
}

/** `Original: attribution is off by 69.7 % on average; LN-free: by 0.00 %.` */
export function answerInWords(arms: readonly OfArm[]): string {
  const parts = arms.map(({ arm, effects }, i) => {
    const by = `by ${errorPercent(effects.nmae.pooled.value)}`;
    return i === 0 ? `${armTitle(arm)}: attribution is off ${by} on average` : `${armTitle(arm)}: ${by}`;
  });
  return `${parts.join('; ')}.`;
}

/** Why an arm without LayerNorm has no error; null where there is no such arm. */
export function whyExact(arms: readonly OfArm[]): string | null {
  const free = arms.filter(({ effects }) => effects.convention.finalScale === 'none');
  if (free.length === 0) return null;
  return `${list(free.map(({ arm }) => armTitle(arm)))} has no scale that could move: σ and σ′ are both 1, and taking a part out takes away exactly its attribution.`;
}

/** The term whose attribution is furthest off, over the arms: what is spoken about until somebody points at another. */
export function furthestOff(arms: readonly OfArm[]): string | null {
  const terms = arms.flatMap(({ effects }) => counted(effects));
  if (terms.length === 0) return null;
  return terms.reduce((a, b) => (Math.abs(b.difference) > Math.abs(a.difference) ? b : a)).label;
}

/** Measuring and reckoning agree: of heads the two sides of the identity, of neurons those that were measured besides. */
export function proofOf(arms: readonly OfArm[]): { ok: boolean; text: string; title: string } {
  const proofs = arms.map(({ effects }) =>
    effects.checked
      ? { off: effects.checked.worst, tolerance: effects.checked.tolerance }
      : { off: effects.identityError, tolerance: effects.identityTolerance },
  );
  const ok = proofs.every(({ off, tolerance }) => off <= tolerance);
  const off = magnitude(Math.max(...proofs.map((proof) => proof.off)));
  const neurons = arms.some(({ effects }) => effects.checked);
  return {
    ok,
    text: `${ok ? '✓' : '✗'} ${neurons ? 'measured neurons agree' : 'identity'} within ${off}`,
    title: neurons
      ? 'The largest difference between neurons taken out in earnest and the identity'
      : 'The largest difference between what was measured and L₋c·(σ′/σ − 1), over all parts',
  };
}

/** Every term with all its numbers. */
export function effectsCsv(arms: readonly OfArm[]): string {
  const header = [
    'model',
    'term',
    'attribution',
    'direct_effect',
    'difference',
    'without',
    'scale',
    'scale_without',
    'scale_without_by_parts',
    'difference_by_identity',
    'nmae_percent',
  ];
  const rows = arms.flatMap(({ arm, effects }) =>
    effects.terms.map((term): CsvCell[] => [
      arm,
      term.label,
      term.dla,
      term.directEffect,
      term.difference,
      term.without,
      effects.convention.scale,
      term.scaleWithout,
      term.identity.scaleWithout,
      term.identity.difference,
      term.nmae,
    ]),
  );
  return toCsv(header, rows);
}
