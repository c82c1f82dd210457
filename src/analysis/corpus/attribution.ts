/** Direct logit attribution averaged over a text: what each part adds to the logit of the token that came (SCIENCE §5). */

import { must } from '../../base/assert.ts';
import type { ModelConfig } from '../../tensor/params.ts';
import type { ArmRun } from '../armRun.ts';
import { attributionPerPosition, perPositionHooks } from '../attributionPerPosition.ts';
import type { CorpusAttribution, CorpusTerm, DlaPerPositionArm } from '../types/index.ts';
import { meanOf, total } from './bootstrap.ts';
import { type ArmWindow, type AttributionSums, countedIn } from './records.ts';
import type { Window } from './windows.ts';

/** What a run must record. */
export const attributionHooks = (config: ModelConfig) => perPositionHooks(config, 'head');

/** `dla-per-position` of one window, each position explaining the token that came, as a logit centred over the vocabulary. */
export const attributedRun = (run: ArmRun): Promise<DlaPerPositionArm> =>
  attributionPerPosition(run, { targets: 'next', contrasts: [], centerUnembed: true, unit: 'head', k: 1 });

type Term = Pick<CorpusTerm, 'label' | 'layer' | 'head'>;

/** The order of an `AttributionSums`: embed, pos_embed, every attn, every mlp, b_U; then the heads, layer by layer. */
export function attributionTerms({ nLayers, nHeads }: ModelConfig): Term[] {
  const layers = [...Array(nLayers).keys()];
  return [
    { label: 'embed' },
    { label: 'pos_embed' },
    ...layers.map((layer) => ({ label: `L${layer}.attn`, layer })),
    ...layers.map((layer) => ({ label: `L${layer}.mlp`, layer })),
    { label: 'b_U' },
    ...layers.flatMap((layer) =>
      Array.from({ length: nHeads }, (_, head) => ({ label: `L${layer}H${head}`, layer, head })),
    ),
  ];
}

/** Of one window: over its scored positions (position 0 too, where it is one) but outliers. */
export function attributionSums(
  { terms, heads, actual, error, tolerance }: DlaPerPositionArm,
  { from }: Window,
  arm: Pick<ArmWindow, 'losses' | 'outliers'>,
): AttributionSums {
  const counted = countedIn(arm).map((at) => from + at);
  const { embed, pos_embed, attn, mlp, b_U } = terms;
  const parts = [embed, pos_embed, attn, mlp, b_U, must(heads, 'an attribution without its heads')];
  const columns = parts.flatMap(({ data, shape }) => {
    const width = data.length / (shape[0] as number);
    return Array.from({ length: width }, (_, i) => counted.map((p) => data[p * width + i] as number));
  });
  const at = (values: Float32Array) => counted.map((p) => values[p] as number);
  const [errors, allowed] = [at(error.data), at(tolerance.data)];
  return {
    positions: counted.length,
    sums: columns.map(total),
    sizes: columns.map((column) => total(column.map(Math.abs))),
    actual: total(at(actual.data)),
    error: errors.reduce((a, b) => Math.max(a, b), 0),
    unclosed: errors.filter((each, i) => !(each <= (allowed[i] as number))).length,
  };
}

/** What windows come to, null where one has none; null where no position counts. */
export function attributionOf(
  windows: readonly (AttributionSums | null)[],
  config: ModelConfig,
  resamples: readonly Uint32Array[],
): CorpusAttribution | null {
  const read = windows.filter((each) => each !== null);
  const positions = total(read.map((each) => each.positions));
  if (positions === 0) return null;
  const all = attributionTerms(config).map(
    (term, i): CorpusTerm => ({
      ...term,
      mean: total(read.map(({ sums }) => sums[i] as number)) / positions,
      size: meanOf(
        windows.map((each) => ({ sum: each?.sizes[i] ?? 0, count: each?.positions ?? 0 })),
        resamples,
      ),
    }),
  );
  return {
    positions,
    terms: all.filter(({ head }) => head === undefined),
    heads: all.filter(({ head }) => head !== undefined),
    actual: total(read.map(({ actual }) => actual)) / positions,
    error: read.reduce((largest, { error }) => Math.max(largest, error), 0),
    unclosed: total(read.map(({ unclosed }) => unclosed)),
    convention: {
      finalScale: config.norm.kind === 'layer' ? 'frozen' : 'none',
      centerUnembed: true,
      valueBias: 'head',
    },
  };
}
