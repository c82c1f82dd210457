/** All heads at a glance: scores, sink rates and small pictures, reduced on the device layer by layer. */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { Ops } from '../tensor/ops.ts';
import { type LabelledTensor, labelled, type Tensor } from '../tensor/tensor.ts';
import { type ArmRun, promptOf } from './armRun.ts';
import { patternOf } from './attentionHeadsPatterns.ts';
import { keysOf, queriesOf, SCORES, type ScoreName } from './attentionHeadsScores.ts';
import { withScratch } from './scratch.ts';
import type { AttentionOverview, HeadScore, SinkRate } from './types/index.ts';

/** Rows and columns of a thumbnail at most: patterns of more tokens are pooled before they leave the device. */
export const THUMBNAIL = 32;

/** Scores, sink rates and thumbnails of every head. Of a layer, heads·T values per score and heads·T·32 for the picture are read. */
export async function attentionOverview(run: ArmRun, epsilon: number): Promise<AttentionOverview> {
  if (!(epsilon >= 0 && epsilon <= 1)) {
    throw new InputError(`epsilon is ${epsilon}, but attention is a share: name a number from 0 to 1.`, {
      epsilon,
    });
  }
  const tokens = promptOf(run.cache);
  const keys = new Map(SCORES.map((score) => [score, keysOf(score, tokens)]));
  const measured = SCORES.filter((score) => queriesOf(must(keys.get(score), score)) > 0);
  const bins = binsOf(tokens.length);

  const layers = await withScratch(run.model, 'attention overview', async (ops) => {
    const readings = measured.map((score) => paidTo(run, ops, must(keys.get(score), score)));
    const pool = poolKeys(ops, bins, tokens.length);
    const read: Float32Array[][] = [];
    for (const layer of run.model.params.blocks.keys()) {
      const values = ops.tidy(() => {
        const pattern = patternOf(run, ops, layer);
        return [pool(pattern), ...readings.map((reading) => reading(pattern))];
      });
      read.push([...(await ops.read(values))]);
    }
    return read;
  });

  const { nHeads } = run.model.config;
  const places = layers.flatMap((_, layer) =>
    Array.from({ length: nHeads }, (_h, head) => ({ layer, head })),
  );
  /** What the queries that count pay, of one head. */
  const paid = (score: ScoreName, { layer, head }: Place): number[] => {
    const values = must(layers[layer]?.[1 + measured.indexOf(score)], score);
    const counting = [...tokens.keys()].filter((query) => keys.get(score)?.[query]?.length);
    return counting.map((query) => values[head * tokens.length + query] as number);
  };
  const perHead = (score: ScoreName, reduce: (paid: readonly number[]) => number): HeadScore => {
    if (!measured.includes(score)) return null;
    const data = Float32Array.from(places, (place) => reduce(paid(score, place)));
    return labelled(['layer', 'head'], [layers.length, nHeads], data);
  };
  const hasSink = measured.includes('first');
  const toFirst = places.map((place) => (hasSink ? paid('first', place) : []));
  return {
    scores: ofEvery((score) => perHead(score, mean)),
    queries: ofEvery((score) => queriesOf(must(keys.get(score), score))),
    epsilon,
    sink: hasSink ? sinkRate(toFirst, epsilon) : null,
    sinkWithQuery0: sinkRate(
      toFirst.map((values) => [1, ...values]),
      epsilon,
    ),
    sinkByHead: perHead('first', (values) => shareAbove(values, epsilon)),
    thumbnails: poolQueries(
      layers.map(([picture]) => must(picture, 'thumbnail')),
      nHeads,
      bins,
      tokens.length,
    ),
    bins,
  };
}

interface Place {
  readonly layer: number;
  readonly head: number;
}

function ofEvery<T>(value: (score: ScoreName) => T): Record<ScoreName, T> {
  return Object.fromEntries(SCORES.map((score) => [score, value(score)])) as Record<ScoreName, T>;
}

/** Both published definitions, of every head's attention to position 0 by query. */
export function sinkRate(toFirst: readonly (readonly number[])[], epsilon: number): SinkRate {
  return { queries: shareAbove(toFirst.flat(), epsilon), heads: shareAbove(toFirst.map(mean), epsilon) };
}

function shareAbove(values: readonly number[], epsilon: number): number {
  return mean(values.map((value) => Number(value > epsilon)));
}

/** Where each row and column of a thumbnail begins. */
export function binsOf(pos: number): number[] {
  const count = Math.min(pos, THUMBNAIL);
  return Array.from({ length: count }, (_, bin) => Math.floor((bin * pos) / count));
}

type Reduction = (pattern: Tensor) => Tensor;

/** What every query of every head pays to its keys, [1, head, query]: picked where each has one at most, else added up under a mask. */
function paidTo({ model, cache }: ArmRun, ops: Ops, keys: readonly (readonly number[])[]): Reduction {
  const { nHeads } = model.config;
  const T = cache.pos;
  const perQuery = (value: (query: number) => number) => {
    const data = Uint32Array.from({ length: nHeads * T }, (_, row) => value(row % T));
    return ops.upload({ dtype: 'u32', shape: [1, nHeads, T], data }, 'keys by query');
  };
  if (keys.every(({ length }) => length <= 1)) {
    const which = perQuery((query) => keys[query]?.[0] ?? 0);
    return (pattern) => ops.gather(pattern, which);
  }
  const data = new Float32Array(T * T);
  keys.forEach((own, query) => {
    for (const key of own) data[query * T + key] = 1;
  });
  const mask = ops.upload({ dtype: 'f32', shape: [T, T], data }, 'mask');
  const queries = perQuery((query) => query);
  return (pattern) => ops.dotGroups(pattern, ops.embed(mask, queries, 'mask of every head'), 1);
}

/** The pattern itself, or its keys added up by bin: [1, head, query, bin]. */
function poolKeys(ops: Ops, bins: readonly number[], pos: number): Reduction {
  if (bins.length === pos) return (pattern) => pattern;
  const data = new Float32Array(bins.length * pos);
  for (let key = 0; key < pos; key++) data[binAt(bins, key) * pos + key] = 1;
  const members = ops.upload({ dtype: 'f32', shape: [bins.length, pos], data }, 'bins of keys');
  return (pattern) => ops.linearT(pattern, members, 'pooled pattern');
}

/** Averages the queries of each bin: from per layer [head, query, bin] to [layer, head, row, column]. */
function poolQueries(
  layers: readonly Float32Array[],
  heads: number,
  bins: readonly number[],
  pos: number,
): LabelledTensor {
  const n = bins.length;
  const data = new Float32Array(layers.length * heads * n * n);
  layers.forEach((values, layer) => {
    for (let row = 0; row < heads * pos; row++) {
      const [head, query] = [Math.floor(row / pos), row % pos];
      const bin = binAt(bins, query);
      const members = (bins[bin + 1] ?? pos) - (bins[bin] as number);
      const at = ((layer * heads + head) * n + bin) * n;
      for (let c = 0; c < n; c++)
        data[at + c] = (data[at + c] as number) + (values[row * n + c] as number) / members;
    }
  });
  return labelled(['layer', 'head', 'row', 'column'], [layers.length, heads, n, n], data);
}

function binAt(bins: readonly number[], position: number): number {
  return bins.findLastIndex((start) => start <= position);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
