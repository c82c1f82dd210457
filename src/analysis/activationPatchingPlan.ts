/** Which runs a patching map takes: every cell of the map is one, and cells of a layer that begin close together are a batch. */

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

/** One entry of the map, and what is replaced for it. */
export interface PatchCell {
  /** Index into `layers`. */
  readonly row: number;
  /** Among the layer's values. */
  readonly index: number;
  readonly rows: Range;
  readonly columns: Range;
  /** The first position that its run computes anew. */
  readonly first: number;
}

/** Runs of one layer that are computed together, from position `first` on. */
export interface PatchBatch {
  readonly layer: number;
  readonly first: number;
  readonly cells: readonly PatchCell[];
}

export interface PatchPlan extends PatchedSite {
  readonly spec: PatchSiteSpec;
  readonly pos: number;
  readonly nLayers: number;
  readonly axes: readonly string[];
  /** Of one layer's values. */
  readonly shape: readonly number[];
  /** From the last layer backwards, in each those that begin latest first. Entries that are not among them are exactly 0. */
  readonly cells: readonly PatchCell[];
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
  const cells = [...site.layers.keys()].reverse().flatMap((row) => {
    const layer = site.layers[row] as number;
    const reached = partsOf(config, site, row, pos).flatMap((part) => reachedBy(reach, layer, part) ?? []);
    return reached.map((cell) => ({ ...cell, row })).sort((a, b) => b.first - a.first);
  });
  return { ...site, spec, pos, nLayers: config.nLayers, ...entriesOf(config, site, pos), cells };
}

/**
 * Batches from a cell on: as many as `work` allows, at least one cell. Work counts rows of layers that are computed anew:
 * a whole forward pass has pos · nLayers.
 */
export function nextBatches(plan: PatchPlan, from: number, work: number): PatchBatch[] {
  const batches: PatchBatch[] = [];
  let [at, left] = [from, work];
  while (at < plan.cells.length && (left > 0 || batches.length === 0)) {
    const batch = nextBatch(plan, at, left);
    batches.push(batch);
    at += batch.cells.length;
    left -= workOf(plan, { ...batch, runs: batch.cells.length });
  }
  return batches;
}

function nextBatch(plan: PatchPlan, from: number, work: number): PatchBatch {
  const { cells, layers, pos } = plan;
  const { row, first: latest } = cells[from] as PatchCell;
  const layer = layers[row] as number;
  const batch = (to: number) => ({ layer, first: (cells[to - 1] as PatchCell).first, runs: to - from });
  const fits = (to: number) => {
    const { first, runs } = batch(to);
    return (
      cells[to - 1]?.row === row &&
      latest - first < Math.max(1, SPAN * pos) &&
      runs * (pos - first) <= BATCH_ROWS &&
      runs * pos <= BATCH_KEYS &&
      workOf(plan, batch(to)) <= work
    );
  };
  let to = from + 1;
  while (to < cells.length && fits(to + 1)) to++;
  return { layer, first: batch(to).first, cells: cells.slice(from, to) };
}

const workOf = (
  { pos, nLayers }: PatchPlan,
  { layer, first, runs }: { layer: number; first: number; runs: number },
): number => runs * (pos - first) * (nLayers - layer);

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

type Part = Pick<PatchCell, 'index' | 'rows' | 'columns'>;

/** What is replaced for each entry of a layer's values. */
function partsOf(
  { nHeads, dHead, dModel, dMlp }: ModelConfig,
  { site, granularity, neurons = [] }: PatchedSite,
  row: number,
  pos: number,
): Part[] {
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

/** The part cut to the rows that count, and where its run begins; null where it changes nothing. */
function reachedBy(
  { config, spec, differs, pos }: Reach,
  layer: number,
  { index, rows: [from, to], columns }: Part,
): Omit<PatchCell, 'row'> | null {
  const byToken = layer === 0 && spec.ofOneToken;
  const differ = (row: number) => (byToken ? differs[row] : differs.indexOf(true) <= row);
  const start = Array.from({ length: to - from }, (_, i) => from + i).find(differ);
  if (start === undefined) return null;
  const cell = { index, columns, rows: [start, to], first: start } as const;
  if (layer < config.nLayers - 1 || spec.at === 'resid_pre') return cell;
  const last = pos - 1;
  if (spec.at === 'qkv') return { ...cell, first: last };
  return to === pos ? { ...cell, rows: [last, pos], first: last } : null;
}
