/** From estimated and measured maps to points, lines and a table. */

import type { AttributionPatchingArm, PatchMap } from '../../analysis/types/index.ts';
import type { ArmId } from '../../engine/api.ts';
import type { EstimateResult, PatchCell } from '../../state/closer/patching.ts';
import { type CsvCell, toCsv } from '../../ui/csv.ts';
import { cellsOf } from './maps.ts';

export interface EstimatedPlace {
  cell: PatchCell;
  estimate: number;
  measured: number;
}

/** Every part with both of its numbers; nothing of an arm that was not measured. */
export function placesOf(arm: AttributionPatchingArm): EstimatedPlace[] {
  const { measured, convention } = arm;
  if (!measured) return [];
  const map: PatchMap = { ...arm, values: measured };
  const truth = cellsOf(map, convention.granularity);
  return cellsOf(arm, convention.granularity).map(({ cell, value }, i) => ({
    cell,
    estimate: value,
    measured: truth[i]?.value ?? Number.NaN,
  }));
}

/** A number per layer, with how far it spreads over the pairs of prompts where there are several. */
export interface ByLayer {
  layers: readonly number[];
  mean: readonly number[];
  std: readonly number[] | null;
}

/** Σ over a layer's places of |estimate − measured|, the mean over the pairs. */
export function errorByLayer({ layers, errorByLayer, agreement }: AttributionPatchingArm): ByLayer | null {
  if (errorByLayer) return { layers, mean: errorByLayer.mean, std: errorByLayer.std };
  return agreement && { layers, mean: agreement.sumAbsError, std: null };
}

export interface Improvement extends ByLayer {
  arms: readonly [ArmId, ArmId];
  /** Over the layers. */
  overall: { mean: number; std: number } | null;
}

/** The paper's figure for two arms; null where the result has none. */
export function improvementOf(
  { arms, between = {} }: EstimateResult,
  [first, second]: readonly [ArmId, ArmId],
): Improvement | null {
  const layers = arms[first]?.layers;
  const found = between[`${first}|${second}`];
  if (!layers || !found?.improvementByLayer) return null;
  const { mean, std } = found.improvementByLayer;
  return { arms: [first, second], layers, mean, std, overall: found.improvement };
}

/** Every part of every arm, estimate beside measurement. */
export function estimateCsv({ arms }: EstimateResult, shown: readonly ArmId[]): string {
  const header = [
    ...['model', 'site', 'direction', 'layer', 'head', 'position', 'neuron'],
    ...['estimate', 'measured', 'error', 'pairs'],
  ];
  const rows = shown.flatMap((id) => {
    const arm = arms[id];
    if (!arm) return [];
    const { site, direction } = arm.convention;
    return placesOf(arm).map(({ cell, estimate, measured }): CsvCell[] => [
      ...[id, site, direction, cell.layer, cell.head, cell.position, cell.neuron],
      ...[estimate, measured, estimate - measured, arm.pairs],
    ]);
  });
  return toCsv(header, rows);
}
