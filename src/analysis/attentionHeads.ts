/** Where attention heads look: scores and thumbnails of all of them, one of them in full (SCIENCE §8). */

import { InputError } from '../base/errors.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { difference } from '../tensor/tensor.ts';
import type { ArmRun } from './armRun.ts';
import { attentionOverview } from './attentionHeadsOverview.ts';
import { headPattern } from './attentionHeadsPattern.ts';
import { SCORES } from './attentionHeadsScores.ts';
import type {
  AttentionArm,
  AttentionBetween,
  AttentionParameters,
  HeadScore,
  HeadScores,
} from './types/index.ts';

export interface AttentionOptions {
  overview: boolean;
  /** Of the sink rates, from 0 to 1. */
  epsilon: number;
  /** The head wanted in full. */
  of: { layer: number; head: number } | null;
  /** Token ids; empty for no weighting by attribution. */
  target: readonly number[];
  contrast: readonly number[];
  centerUnembed: boolean;
}

/** Which head is asked for, null where none is; InputError on half a head or one that there is not. */
export function headAsked(
  { nLayers, nHeads }: ModelConfig,
  { layer, head }: Pick<AttentionParameters, 'layer' | 'head'>,
): AttentionOptions['of'] {
  if (layer === undefined && head === undefined) return null;
  const isOneOf = (value: number | undefined, count: number): value is number =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) < count;
  if (isOneOf(layer, nLayers) && isOneOf(head, nHeads)) return { layer, head };
  throw new InputError(
    `There is no head {layer: ${layer}, head: ${head}}. Name a layer from 0 to ${nLayers - 1} and a head from 0 to ${nHeads - 1}.`,
    { layer, head, nLayers, nHeads },
  );
}

/** The activations read: queries and keys, from which a layer's patterns are made one layer at a time. */
export function attentionHooks(
  config: ModelConfig,
  { overview, of }: Pick<AttentionOptions, 'overview' | 'of'>,
): HookName[] {
  const layers = overview ? [...Array(config.nLayers).keys()] : of ? [of.layer] : [];
  const hooks = layers.flatMap((layer) => [blockHook(layer, 'attn.hook_q'), blockHook(layer, 'attn.hook_k')]);
  return of ? [...hooks, blockHook(of.layer, 'attn.hook_v'), 'ln_final.hook_scale'] : hooks;
}

/** The overview, one head's patterns, or both, as asked. */
export async function attentionHeads(run: ArmRun, options: AttentionOptions): Promise<AttentionArm> {
  const { overview, epsilon, of } = options;
  if (!overview && !of) {
    throw new InputError('Nothing was asked for: name a layer and a head, or leave overview on.', {
      overview,
    });
  }
  return {
    overview: overview ? await attentionOverview(run, epsilon) : null,
    head: of ? await headPattern(run, of, options) : null,
  };
}

/** Second − first; null for arms that do not have the same layers and heads. */
export function attentionBetween(first: AttentionArm, second: AttentionArm): AttentionBetween {
  const [a, b] = [first.overview, second.overview];
  if (!a || !b) return { scores: null, sink: null };
  const scores = SCORES.map((name) => [name, minus(a.scores[name], b.scores[name])]);
  return {
    scores: Object.fromEntries(scores) as HeadScores,
    sink:
      a.sink && b.sink
        ? { queries: b.sink.queries - a.sink.queries, heads: b.sink.heads - a.sink.heads }
        : null,
  };
}

function minus(a: HeadScore, b: HeadScore): HeadScore {
  if (!a || !b || a.shape.join() !== b.shape.join()) return null;
  return difference(a, b);
}
