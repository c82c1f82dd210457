/** How well a map of estimated effects agrees with the measured one, for one pair of prompts and over several (SCIENCE §7). */

import { assert } from '../base/assert.ts';
import type { LabelledTensor } from '../tensor/tensor.ts';
import type { PatchAgreement, Spread } from './types/index.ts';

/** Of the measured map's largest magnitude: the sign of entries below it, in both maps, says nothing. */
const NOTHING = 1e-3;

/** One pair of prompts: two maps of the same axes, the first of them layers. */
export interface TwoMaps {
  readonly attribution: LabelledTensor;
  readonly measured: LabelledTensor;
}

/**
 * Errors per layer, means over the pairs; signs and correlations over all entries of all pairs together. At least one pair,
 * all with the same layers.
 */
export function agreementOf(pairs: readonly TwoMaps[]): PatchAgreement {
  const errors = pairs.map(errorByLayer);
  const layers = errors[0]?.length ?? 0;
  assert(layers > 0 && errors.every(({ length }) => length === layers), 'maps without layers in common');
  const perLayer = pairs.map(({ measured }) => measured.data.length / layers);
  const shares = errors.map((own, pair) => own.map((sum) => sum / (perLayer[pair] as number)));
  const attributions = pairs.flatMap(({ attribution }) => Array.from(attribution.data));
  const measurements = pairs.flatMap(({ measured }) => Array.from(measured.data));
  return {
    sumAbsError: spreadOf(errors).mean,
    meanAbsError: spreadOf(shares).mean,
    signAgreement: signAgreement(attributions, measurements),
    correlation: correlation(attributions, measurements),
    rankCorrelation: correlation(ranks(attributions), ranks(measurements)),
  };
}

/** Per layer, Σ over the other axes of |attribution − measured|. */
export function errorByLayer({ attribution, measured }: TwoMaps): number[] {
  const [layers = 0] = measured.shape;
  const width = measured.data.length / layers;
  return Array.from({ length: layers }, (_, layer) => {
    let sum = 0;
    for (let i = layer * width; i < (layer + 1) * width; i++)
      sum += Math.abs((attribution.data[i] as number) - (measured.data[i] as number));
    return sum;
  });
}

/** Mean and standard deviation, with n − 1, of each column; of one row the deviation is 0. */
export function spreadOf(rows: readonly (readonly number[])[]): Spread {
  const columns = Array.from({ length: rows[0]?.length ?? 0 }, (_, i) => rows.map((row) => row[i] as number));
  const each = columns.map(meanAndStd);
  return { mean: each.map(({ mean }) => mean), std: each.map(({ std }) => std) };
}

/** Of numbers, at least one; the standard deviation with n − 1, of one number 0. */
export function meanAndStd(values: readonly number[]): { mean: number; std: number } {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}

/** Null where nothing is large enough to have a sign. */
function signAgreement(a: readonly number[], b: readonly number[]): number | null {
  const least = NOTHING * b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const counted = a.flatMap((x, i) => {
    const y = b[i] as number;
    return Math.max(Math.abs(x), Math.abs(y)) > least ? [Math.sign(x) === Math.sign(y)] : [];
  });
  return counted.length > 0 ? counted.filter(Boolean).length / counted.length : null;
}

/** Pearson's; null where either does not vary. */
export function correlation(a: readonly number[], b: readonly number[]): number | null {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((x, i) => {
    const [da, db] = [x - meanA, (b[i] as number) - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  });
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : null;
}

/** Each number's place among all, from 0; equal numbers share the mean of theirs. */
export function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((i, j) => (values[i] as number) - (values[j] as number));
  const found = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    const value = values[order[from] as number];
    let to = from;
    while (to < order.length && values[order[to] as number] === value) to++;
    for (const place of order.slice(from, to)) found[place] = (from + to - 1) / 2;
    from = to;
  }
  return found;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
