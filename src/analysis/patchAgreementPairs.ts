/** Attribution patching over several pairs of prompts: mean maps, errors with their spread, and which arm is estimated better. */

import { must } from '../base/assert.ts';
import { sameShape } from '../base/shapes.ts';
import { difference, type LabelledTensor, labelled } from '../tensor/tensor.ts';
import { agreementOf, errorByLayer, meanAndStd, spreadOf, type TwoMaps } from './patchAgreement.ts';
import type { AttributionPatchingArm, AttributionPatchingBetween, PatchMap } from './types/index.ts';

/** What came of one pair on one arm, both maps divided by what a normalised map is divided by. */
export interface PairEstimate extends PatchMap {
  /** Index of the pair in the request. */
  readonly pair: number;
  readonly measured: LabelledTensor | null;
  readonly cleanMetric: number;
  readonly corruptedMetric: number;
  readonly warning: string | null;
}

type Convention = AttributionPatchingArm['convention'];

/** One arm's result, of at least one pair; several have maps of the same shape. */
export function attributionArm(
  estimates: readonly PairEstimate[],
  leftOut: AttributionPatchingArm['leftOut'],
  convention: Convention,
): AttributionPatchingArm {
  const first = must(estimates[0], 'an attribution of no pair');
  const measured = measuredMaps(estimates);
  const both = twoMaps(estimates);
  return {
    values: meanMap(estimates.map(({ values }) => values)),
    layers: first.layers,
    ...(first.neurons && { neurons: first.neurons }),
    measured: measured && meanMap(measured),
    agreement: both && agreementOf(both),
    cleanMetric: meanAndStd(estimates.map(({ cleanMetric }) => cleanMetric)).mean,
    corruptedMetric: meanAndStd(estimates.map(({ corruptedMetric }) => corruptedMetric)).mean,
    pairs: estimates.length,
    leftOut,
    errorByLayer: both && both.length > 1 ? spreadOf(both.map(errorByLayer)) : null,
    warning: estimates.find(({ warning }) => warning !== null)?.warning ?? null,
    convention,
  };
}

/**
 * Second − first, and by how much the second arm's errors are smaller, over the pairs that both have. Null where the maps
 * are not of the same entries or no pair is left in both.
 */
export function attributionBetween(
  first: readonly PairEstimate[],
  second: readonly PairEstimate[],
): AttributionPatchingBetween | null {
  const pairs = first.flatMap((a): [PairEstimate, PairEstimate][] => {
    const b = second.find(({ pair }) => pair === a.pair);
    return b && comparable(a, b) ? [[a, b]] : [];
  });
  if (pairs.length === 0) return null;
  const [ofFirst, ofSecond] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
  const mean = (of: readonly PairEstimate[]) => meanMap(of.map(({ values }) => values));
  const [a, b] = [twoMaps(ofFirst), twoMaps(ofSecond)];
  const improvementByLayer =
    a &&
    b &&
    spreadOf(
      a.map((maps, i) => {
        const after = errorByLayer(b[i] as TwoMaps);
        return errorByLayer(maps).map((error, layer) => error - (after[layer] as number));
      }),
    );
  return {
    values: difference(mean(ofFirst), mean(ofSecond)),
    improvementByLayer,
    improvement: improvementByLayer && meanAndStd(improvementByLayer.mean),
  };
}

/** Whether two maps have the same entries. */
export function comparable(a: PatchMap, b: PatchMap): boolean {
  const named = ({ layers, neurons }: PatchMap) => JSON.stringify([layers, neurons]);
  return sameShape(a.values.shape, b.values.shape) && named(a) === named(b);
}

function measuredMaps(estimates: readonly PairEstimate[]): LabelledTensor[] | null {
  const maps = estimates.flatMap(({ measured }) => measured ?? []);
  return maps.length === estimates.length ? maps : null;
}

function twoMaps(estimates: readonly PairEstimate[]): TwoMaps[] | null {
  const measured = measuredMaps(estimates);
  return (
    measured &&
    estimates.map(({ values }, i) => ({ attribution: values, measured: measured[i] as LabelledTensor }))
  );
}

function meanMap(maps: readonly LabelledTensor[]): LabelledTensor {
  const { axes, shape, data } = must(maps[0], 'a mean of no map');
  const mean = data.map((_, i) => maps.reduce((sum, map) => sum + (map.data[i] as number), 0) / maps.length);
  return labelled(axes, shape, mean);
}
