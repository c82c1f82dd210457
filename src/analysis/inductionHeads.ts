/** The heads that find a text again, and what becomes of neurons and predictions when they look at position 0 only. */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { Edit } from '../model/edits.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { type LabelledTensor, labelled } from '../tensor/tensor.ts';
import { type ArmRun, checkCount } from './armRun.ts';
import { patternOf } from './attentionHeadsPatterns.ts';
import { table } from './inductionHeld.ts';
import { activationsOf } from './neuronAblationRead.ts';
import { withScratch } from './scratch.ts';
import { tokenStats } from './tokenStats.ts';
import type { CutHeads, InductionParameters, RepeatedText, ScoredHead } from './types/index.ts';
import { logitsSource } from './unembed.ts';

/** The most heads that are cut off, each with a run of the whole text. */
export const MAX_HEADS = 16;

export const inductionScoreHooks = ({ nLayers }: ModelConfig): HookName[] =>
  [...Array(nLayers).keys()].flatMap((layer) => [
    blockHook(layer, 'attn.hook_q'),
    blockHook(layer, 'attn.hook_k'),
  ]);

/**
 * How much each head attends, at the queries of the second reading, to the key right after the first coming of the query's
 * token: the mean of the pattern's diagonal at offset −(period − 1), [layer, head].
 */
export async function inductionScores(
  run: ArmRun,
  { second, period }: Pick<RepeatedText, 'second' | 'period'>,
): Promise<LabelledTensor> {
  const { nHeads, nLayers } = run.model.config;
  const T = run.cache.pos;
  const layers = await withScratch(run.model, 'induction scores', (ops) => {
    // Queries of the first reading have no such key; they are given a stand-in whose value is dropped.
    const keys = Uint32Array.from({ length: nHeads * T }, (_, row) => Math.max(0, (row % T) - period + 1));
    const which = ops.upload({ dtype: 'u32', shape: [1, nHeads, T], data: keys }, 'keys by query');
    const paid = [...Array(nLayers).keys()].map((layer) => {
      const values = ops.tidy(() => ops.gather(patternOf(run, ops, layer), which));
      ops.border();
      return values;
    });
    return ops.read(paid);
  });
  const scores = layers.flatMap((paid) =>
    Array.from({ length: nHeads }, (_, head) => {
      const again = paid.subarray(head * T + second, (head + 1) * T);
      return again.reduce((sum, x) => sum + x, 0) / again.length;
    }),
  );
  return labelled(['layer', 'head'], [nLayers, nHeads], Float32Array.from(scores));
}

/**
 * The heads to cut off: the best by score, or those named; and for each the one of its layer with the lowest score that is
 * not taken yet, if any is left.
 * @throws InputError on no heads, more than MAX_HEADS, heads that the model does not have, and one named twice.
 */
export function chosenHeads(
  scores: LabelledTensor,
  heads: NonNullable<InductionParameters['heads']>,
): { induction: ScoredHead[]; control: ScoredHead[] } {
  const perLayer = scores.shape[1] as number;
  const all = Array.from(
    scores.data,
    (score, i): ScoredHead => ({ layer: Math.floor(i / perLayer), head: i % perLayer, score }),
  );
  const best = [...all].sort((a, b) => b.score - a.score);
  const induction = Array.isArray(heads)
    ? named(heads, all, scores.shape)
    : best.slice(0, checkCount('heads', heads, 1, Math.min(MAX_HEADS, all.length)));
  const control: ScoredHead[] = [];
  for (const { layer } of induction) {
    const lowest = best.findLast(
      (each) => each.layer === layer && !induction.includes(each) && !control.includes(each),
    );
    if (lowest) control.push(lowest);
  }
  return { induction, control };
}

function named(
  heads: readonly (readonly number[])[],
  all: readonly ScoredHead[],
  shape: readonly number[],
): ScoredHead[] {
  const found = heads.flatMap((each) => {
    const [layer, head] = Array.isArray(each) && each.length === 2 ? each : [];
    return all.find((one) => one.layer === layer && one.head === head) ?? [];
  });
  const asAsked = found.length === heads.length && new Set(found).size === found.length;
  if (asAsked && found.length >= 1 && found.length <= MAX_HEADS) return found;
  throw new InputError(
    `heads must be a number, or a list of 1 to ${MAX_HEADS} heads [layer, head], none twice, with layers from 0 to ${(shape[0] as number) - 1} and heads from 0 to ${(shape[1] as number) - 1}.`,
    { heads },
  );
}

/** Every query of the head gives all its attention to position 0. */
export function bosAblated({ layer, head }: Pick<ScoredHead, 'layer' | 'head'>): Edit[] {
  const place = { site: blockHook(layer, 'attn.hook_pattern'), head };
  return [
    { kind: 'zero', ...place },
    { kind: 'set', ...place, key: 0, value: 1 },
  ];
}

/** One run with the first head cut off, one with the first two, and so on; `beforeRun` may reject, which ends the work. */
export async function cutHeads(
  { model, cache: { tokens } }: ArmRun,
  neurons: readonly number[],
  heads: readonly ScoredHead[],
  beforeRun: () => Promise<void>,
): Promise<CutHeads[]> {
  const hooks = [blockHook(model.config.nLayers - 1, 'mlp.hook_post'), logitsSource(model)];
  const steps: CutHeads[] = [];
  for (const i of heads.keys()) {
    const cut = heads.slice(0, i + 1);
    await beforeRun();
    const cache = await model.run([must(tokens[0], 'no tokens')], hooks, cut.flatMap(bosAblated));
    try {
      const run = { model, cache };
      const { entropy, loss } = await tokenStats(run);
      steps.push({
        heads: cut.map(({ layer, head }) => [layer, head]),
        activations: table(['neuron'], await activationsOf(run, neurons)),
        entropy,
        loss,
      });
    } finally {
      cache.dispose();
    }
  }
  return steps;
}
