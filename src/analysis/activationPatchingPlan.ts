/** Which runs a patching map takes: a cell of the map is a run, and cells of a layer that begin close together are a batch. */

import { InputError } from '../base/errors.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { type PatchSiteSpec, patchSite } from './activationPatchingSites.ts';
import { checkCount } from './armRun.ts';
import type { PatchGranularity, PatchSite } from './types/index.ts';

/** Rows of a batch: more of them gain nothing on any device (PERF §2). */
const BATCH_ROWS = 2048;
/** Rows of its keys, which reach back to position 0 whatever the batch recomputes. */
const BATCH_KEYS = 4 * BATCH_ROWS;
/** Runs of a batch begin at one position, the earliest: so much of the prompt may lie between it and their own. */
const SPAN = 1 / 8;

/** Which part of which activations is replaced. */
export interface PatchedSite {
  readonly site: PatchSite;
  readonly granularity: PatchGranularity;
  /** From the first layer to the last, none twice. */
  readonly layers: readonly number[];
  /** Of `neuron-topk`: for each of the layers as many neurons. */
  readonly neurons?: readonly (readonly number[])[];
}

type Range = readonly [from: number, to: number];

/** One entry of a layer's values, and what is replaced for it. */
export interface PatchCell {
  readonly index: number;
  readonly rows: Range;
  readonly columns: Range;
}

/** Runs that are recomputed together from position `first` on. */
export interface PatchBatch {
  /** Index into `layers`. */
  readonly row: number;
  readonly layer: number;
  readonly first: number;
  readonly cells: readonly PatchCell[];
}

export interface PatchPlan extends PatchedSite {
  readonly spec: PatchSiteSpec;
  readonly axes: readonly string[];
  /** Of one layer's values. */
  readonly shape: readonly number[];
  /** From the last layer backwards. Entries that no batch has are exactly 0. */
  readonly batches: readonly PatchBatch[];
}

/**
 * A plan for two prompts of one length. An entry needs no run where patching cannot change anything: before the first
 * token that differs both runs are the same, at layer 0 what is made of one position's token alone is so wherever the
 * tokens are, and in the last layer only the last position is read behind the keys and values.
 * @throws InputError for a site or granularity that is none, and for layers that the model does not have.
 */
export function patchPlan(
  config: ModelConfig,
  site: PatchedSite,
  own: readonly number[],
  other: readonly number[],
): PatchPlan {
  const spec = patchSite(site.site, site.granularity);
  checkLayers(config, site.layers);
  const pos = own.length;
  const differs = own.map((id, position) => id !== other[position]);
  const reach = { config, spec, differs, pos };
  const batches = [...site.layers.keys()].reverse().flatMap((row) => {
    const layer = site.layers[row] as number;
    const cells = cellsOf(config, site, row, pos).flatMap((cell) => reached(reach, layer, cell) ?? []);
    return grouped(cells, pos).map(({ first, cells }) => ({ row, layer, first, cells }));
  });
  return { ...site, spec, ...entriesOf(config, site, pos), batches };
}

function checkLayers({ nLayers }: ModelConfig, layers: readonly number[]): void {
  if (layers.length === 0)
    throw new InputError('layers is empty. Name at least one layer, or leave it out for all.', { layers });
  for (const layer of layers) checkCount('A layer', layer, 0, nLayers - 1);
}

/** The axes and the shape of one layer's values. */
function entriesOf(
  { nHeads }: ModelConfig,
  { granularity, neurons = [] }: PatchedSite,
  pos: number,
): Pick<PatchPlan, 'axes' | 'shape'> {
  switch (granularity) {
    case 'position':
      return { axes: ['pos'], shape: [pos] };
    case 'head':
      return { axes: ['head'], shape: [nHeads] };
    case 'head-position':
      return { axes: ['head', 'pos'], shape: [nHeads, pos] };
    case 'neuron-topk':
      return { axes: ['neuron'], shape: [neurons[0]?.length ?? 0] };
  }
}

function cellsOf(
  { nHeads, dHead, dModel, dMlp }: ModelConfig,
  { site, granularity, neurons = [] }: PatchedSite,
  row: number,
  pos: number,
): PatchCell[] {
  const positions = Array.from({ length: pos }, (_, position): Range => [position, position + 1]);
  const heads = Array.from({ length: nHeads }, (_, head): Range => [head * dHead, (head + 1) * dHead]);
  const width = site === 'mlp_pre' || site === 'mlp_post' ? dMlp : dModel;
  switch (granularity) {
    case 'position':
      return positions.map((rows, index) => ({ index, rows, columns: [0, width] }));
    case 'head':
      return heads.map((columns, index) => ({ index, rows: [0, pos], columns }));
    case 'head-position':
      return heads.flatMap((columns, head) =>
        positions.map((rows, position) => ({ index: head * pos + position, rows, columns })),
      );
    case 'neuron-topk':
      return (neurons[row] ?? []).map((n, index) => ({ index, rows: [0, pos], columns: [n, n + 1] }));
  }
}

interface Reach {
  readonly config: ModelConfig;
  readonly spec: PatchSiteSpec;
  readonly differs: readonly boolean[];
  readonly pos: number;
}

type Begun = PatchCell & { readonly first: number };

/** The cell cut to the rows that count, and where its run begins; null where it changes nothing. */
function reached({ config, spec, differs, pos }: Reach, layer: number, cell: PatchCell): Begun | null {
  const [from, to] = cell.rows;
  const before = layer === 0 && spec.ofOneToken;
  const may = (row: number) => (before ? differs[row] : differs.indexOf(true) <= row);
  const start = Array.from({ length: to - from }, (_, i) => from + i).find(may);
  if (start === undefined) return null;
  const rows: Range = [start, to];
  if (layer < config.nLayers - 1 || spec.at === 'resid_pre') return { ...cell, rows, first: start };
  if (spec.at === 'qkv') return { ...cell, rows, first: pos - 1 };
  return to === pos ? { ...cell, rows: [pos - 1, pos], first: pos - 1 } : null;
}

/** Batches of cells, those that begin latest first. */
function grouped(cells: readonly Begun[], pos: number): { first: number; cells: PatchCell[] }[] {
  const groups: { first: number; latest: number; cells: PatchCell[] }[] = [];
  for (const cell of [...cells].sort((a, b) => b.first - a.first)) {
    const group = groups.at(-1);
    const runs = (group?.cells.length ?? 0) + 1;
    const fits =
      group &&
      group.latest - cell.first < Math.max(1, SPAN * pos) &&
      runs * (pos - cell.first) <= BATCH_ROWS &&
      runs * pos <= BATCH_KEYS;
    if (!fits) groups.push({ first: cell.first, latest: cell.first, cells: [cell] });
    else {
      group.cells.push(cell);
      group.first = cell.first;
    }
  }
  return groups;
}
