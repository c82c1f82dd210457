/** From patching maps to pictures: scaled or not, rows and columns with their names, and which part each cell is. */

import type {
  ActivationPatchingArm,
  PatchGranularity,
  PatchMap,
  PatchSite,
} from '../../analysis/types/index.ts';
import type { ArmId } from '../../engine/api.ts';
import type { PatchCell, SweepResult } from '../../state/closer/patching.ts';
import { type CsvCell, toCsv } from '../../ui/csv.ts';
import { glyphs } from '../../ui/glyphs.ts';

export interface OfArm {
  arm: ArmId;
  map: ActivationPatchingArm;
}

/** Below this a difference of the two prompts is nothing to divide by. */
const LEAST_GAP = 1e-3;

/** The map as a share of clean − corrupted, sign and all, or in logits as it was measured. */
export function scaled(map: ActivationPatchingArm, normalise: boolean): ActivationPatchingArm {
  if (!normalise) return map;
  const gap = map.cleanMetric - map.corruptedMetric;
  const factor = map.dividedBy / gap;
  const values = { ...map.values, data: map.values.data.map((value) => value * factor) };
  const warning =
    Math.abs(gap) < LEAST_GAP
      ? 'Clean and corrupted prompt give nearly the same metric, so shares of their difference mean nothing. Show logits.'
      : map.warning;
  return { ...map, values, dividedBy: gap, warning };
}

export function armsOf({ arms }: SweepResult, shown: readonly ArmId[], normalise: boolean): OfArm[] {
  return shown.flatMap((arm) => {
    const map = arms[arm];
    return map ? [{ arm, map: scaled(map, normalise) }] : [];
  });
}

/** One layer's slice of a map, or all of it, as rows and columns. */
export interface Picture {
  rows: readonly string[];
  columns: readonly string[];
  /** Row-major; 0 where it is pending. */
  values: Float32Array;
  /** Cells that have not come in, by their place in `values`. */
  pending: ReadonlySet<number>;
  /** Which part was replaced. */
  cell: (row: number, column: number) => PatchCell;
}

/** `layer` chooses the slice of a map of heads and positions; of a part of a map what is no number is still to come. */
export function pictureOf(
  map: PatchMap,
  granularity: PatchGranularity,
  pieces: readonly string[],
  layer: number,
  whole: boolean,
): Picture {
  const { layers, neurons } = map;
  const [, width = 0, depth = 1] = map.values.shape;
  const tokens = pieces.map((piece, p) => `${p} ${glyphs(piece)}`);
  const sliced = granularity === 'head-position';
  const start = layers.indexOf(layer) * width * depth;
  const drawn = sliced ? map.values.data.slice(start, start + width * depth) : map.values.data;
  const pending = new Set([...drawn.keys()].filter((i) => !whole && Number.isNaN(drawn[i])));
  const values = drawn.map((value, i) => (pending.has(i) ? 0 : value));
  const own = { values, pending };
  if (sliced) {
    const cell = (head: number, position: number) => ({ layer, head, position });
    return { ...own, rows: names(width), columns: tokens, cell };
  }
  const rows = layers.map(String);
  const layerAt = (row: number) => layers[row] ?? -1;
  if (granularity === 'position')
    return { ...own, rows, columns: tokens, cell: (row, position) => ({ layer: layerAt(row), position }) };
  if (granularity === 'head')
    return { ...own, rows, columns: names(width), cell: (row, head) => ({ layer: layerAt(row), head }) };
  return {
    ...own,
    rows,
    columns: names(width).map((rank) => `${Number(rank) + 1}`),
    cell: (row, rank) => ({ layer: layerAt(row), neuron: neurons?.[row]?.[rank] ?? -1 }),
  };
}

const names = (count: number) => Array.from({ length: count }, (_, i) => String(i));

/** The map's number for a part; null where it has none, as of neurons that are not among its strongest. */
export function effectOf(map: PatchMap, granularity: PatchGranularity, cell: PatchCell): number | null {
  const { values, layers, neurons } = map;
  const [, width = 0, depth = 1] = values.shape;
  const i = layers.indexOf(cell.layer);
  if (i < 0) return null;
  const column = {
    position: cell.position,
    head: cell.head,
    'head-position': cell.head,
    'neuron-topk': neurons?.[i]?.indexOf(cell.neuron ?? -1),
  }[granularity];
  if (column === undefined || column < 0) return null;
  const within = granularity === 'head-position' ? (cell.position ?? 0) : 0;
  return values.data[(i * width + column) * depth + within] ?? null;
}

/** Every part of a map with its number. */
export function cellsOf(map: PatchMap, granularity: PatchGranularity): { cell: PatchCell; value: number }[] {
  const [, width = 0, depth = 1] = map.values.shape;
  return [...map.values.data].map((value, flat) => {
    const i = Math.floor(flat / (width * depth));
    const column = Math.floor(flat / depth) % width;
    const layer = map.layers[i] ?? -1;
    const cell = {
      position: { layer, position: column },
      head: { layer, head: column },
      'head-position': { layer, head: column, position: flat % depth },
      'neuron-topk': { layer, neuron: map.neurons?.[i]?.[column] ?? -1 },
    }[granularity];
    return { cell, value };
  });
}

/** The part with the largest number, either way; null of an empty map. */
export function largestCell(
  map: PatchMap,
  granularity: PatchGranularity,
): { cell: PatchCell; value: number } | null {
  const cells = cellsOf(map, granularity).filter(({ value }) => Number.isFinite(value));
  if (cells.length === 0) return null;
  return cells.reduce((a, b) => (Math.abs(b.value) > Math.abs(a.value) ? b : a));
}

/** Of a map with a third axis the layer to show until one is chosen: where its largest number is. */
export function usualLayer(arms: readonly OfArm[], granularity: PatchGranularity): number {
  const found = arms.flatMap(({ map }) => largestCell(map, granularity) ?? []);
  if (found.length === 0) return 0;
  return found.reduce((a, b) => (Math.abs(b.value) > Math.abs(a.value) ? b : a)).cell.layer;
}

/** `L3H2@10`: for pictures. */
export function shortName({ position, ...part }: PatchCell): string {
  return `${cellName(part, [])}${position === undefined ? '' : `@${position}`}`;
}

/** `L3`, `L3H2`, `L3N17`, with the token where it has one: `L3 at 10 “␣girl”`. */
export function cellName({ layer, position, head, neuron }: PatchCell, pieces: readonly string[]): string {
  const part = head !== undefined ? `H${head}` : neuron !== undefined ? `N${neuron}` : '';
  const at = position === undefined ? '' : ` at ${position} “${glyphs(pieces[position] ?? '')}”`;
  return `L${layer}${part}${at}`;
}

/** Every part of every arm's map, with what is needed to read its number. */
export function sweepCsv(arms: readonly OfArm[], pieces: readonly string[]): string {
  const header = [
    ...['model', 'site', 'direction', 'layer', 'head', 'position', 'token', 'neuron', 'effect'],
    ...['effect_logits', 'divided_by', 'clean_metric', 'corrupted_metric'],
  ];
  const rows = arms.flatMap(({ arm, map }) => {
    const { site, direction, granularity } = map.convention;
    return cellsOf(map, granularity).map(({ cell, value }): CsvCell[] => [
      ...[arm, site, direction, cell.layer, cell.head, cell.position],
      cell.position === undefined ? undefined : pieces[cell.position],
      ...[cell.neuron, value, value * map.dividedBy, map.dividedBy],
      ...[map.cleanMetric, map.corruptedMetric],
    ]);
  });
  return toCsv(header, rows);
}

/** What each site is, for people. */
export const SITES: readonly { value: PatchSite; label: string }[] = [
  { value: 'resid_pre', label: 'residual before a layer' },
  { value: 'resid_mid', label: 'residual between attention and MLP' },
  { value: 'resid_post', label: 'residual after a layer' },
  { value: 'attn_out', label: 'what attention writes' },
  { value: 'mlp_out', label: 'what the MLP writes' },
  { value: 'z', label: 'heads (z)' },
  { value: 'q', label: 'queries' },
  { value: 'k', label: 'keys' },
  { value: 'v', label: 'values' },
  { value: 'pattern', label: 'attention patterns' },
  { value: 'mlp_pre', label: 'MLP neurons before GELU' },
  { value: 'mlp_post', label: 'MLP neurons' },
];
