/** The logit lens: every layer's residual stream read as if it were the last (SCIENCE §5). */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { difference, labelled } from '../tensor/tensor.ts';
import { type ArmRun, checkCount, checkIds, everyTwo, promptOf, resolvePosition } from './armRun.ts';
import { columnsOf, type LensQuestion, LensReader, type LensRows } from './logitLensReading.ts';
import { MAX_K } from './predictions.ts';
import { withScratch } from './scratch.ts';
import type { LensHook, LensScale, LogitLensArm, LogitLensBetween } from './types/index.ts';
import { readInBlocks } from './unembed.ts';

export interface LogitLensOptions {
  k: number;
  /** Empty for all; negative ones count from the end. */
  positions: readonly number[];
  scale: LensScale;
  hooks: readonly LensHook[];
  /** Asked about at every position; null for the actual next token. */
  target: number | null;
  track: readonly number[];
  /** The text of a token. */
  piece: (id: number) => string;
  /** Told before every depth, and waited for; rejects to stop the work. */
  onDepth?: (done: number, total: number) => Promise<void>;
}

const SCALE: HookName = 'ln_final.hook_scale';

/** In the order of the forward pass. */
export const LENS_HOOKS: readonly LensHook[] = ['resid_pre', 'resid_mid', 'resid_post'];

/** The residual streams read, in the order of the forward pass. */
function depths({ nLayers }: ModelConfig, hooks: readonly LensHook[]): HookName[] {
  const wanted = LENS_HOOKS.filter((hook) => hooks.includes(hook));
  return Array.from({ length: nLayers }, (_, layer) =>
    wanted.map((hook) => blockHook(layer, `hook_${hook}`)),
  ).flat();
}

/** The activations the lens reads. */
export function logitLensHooks(config: ModelConfig, hooks: readonly LensHook[]): HookName[] {
  return [...depths(config, hooks), SCALE];
}

export interface LogitLenses {
  /** In the order of the runs. */
  readonly arms: LogitLensArm[];
  /** Of every two, as `everyTwo` lists them. */
  readonly between: (LogitLensBetween | null)[];
}

/**
 * softmax(ln_final(x)·W_Uᵀ) of every residual stream x of each run: the likeliest tokens, the target and the tracked tokens,
 * entropy; of every two runs the divergences of the same place. `recomputed` norms each x by its own σ, `frozen` by the σ of
 * this position's final residual; without LN there is none to choose. The runs are of the same tokens, on one device. A
 * block of rows of logits lives until it is reduced.
 * @throws InputError on positions, ids or counts that this prompt and model do not have
 */
export async function logitLensOf(runs: readonly ArmRun[], options: LogitLensOptions): Promise<LogitLenses> {
  const { model, cache } = must(runs[0], 'a lens on no run');
  const { config } = model;
  const question = checkQuestion(options, promptOf(cache), config);
  const hooks = runs.map((run) => depths(run.model.config, options.hooks));
  const total = Math.max(...hooks.map(({ length }) => length));

  return withScratch(model, 'logit lens', async (ops) => {
    const sigmas = await ops.read(runs.map((run) => run.cache.get(SCALE)));
    const readers = runs.map((run, i) => new LensReader(run, ops, question, sigmas[i] as Float32Array));
    const read = runs.map((): Float32Array[][] => []);
    const divergences = everyTwo(runs).map((): Float32Array[] => []);
    for (let depth = 0; depth < total; depth++) {
      await options.onDepth?.(depth, total);
      // Arms of different depth have no layer in common.
      const here = readers.flatMap((reader, i) => {
        const hook = hooks[i]?.[depth];
        return hook === undefined ? [] : [{ reader, hook, own: read[i] as Float32Array[][] }];
      });
      const alike = hooks.every(({ length }) => length === total);
      const indices = [...question.positions.keys()];
      const columns = await readInBlocks(ops, indices, 4 * config.dVocab * here.length, (some) => {
        const blocks = here.map(({ reader, hook }) => reader.rows(hook, some));
        const twos = alike ? everyTwo(blocks) : [];
        return [
          ...here.flatMap(({ reader }, i) => reader.reduce(blocks[i] as LensRows, some)),
          ...twos.map(([a, b]) => ops.divergence(a.logits, a.lse, b.logits, b.lse)), // [some, 3]
        ];
      });
      const each = columnsOf(question);
      here.forEach(({ own }, i) => {
        own.push(columns.slice(i * each, (i + 1) * each));
      });
      columns.slice(here.length * each).forEach((values, pair) => {
        divergences[pair]?.push(values);
      });
    }
    const arms = readers.map((reader, i) =>
      reader.result(hooks[i] as HookName[], read[i] as Float32Array[][]),
    );
    const between = everyTwo(arms).map(([a, b], pair) => {
      const values = divergences[pair] as Float32Array[];
      return logitLensBetween(a, b, values.length === total ? values : null);
    });
    return { arms, between };
  });
}

/** `logitLensOf` one run. */
export async function logitLens(run: ArmRun, options: LogitLensOptions): Promise<LogitLensArm> {
  return must((await logitLensOf([run], options)).arms[0], 'no lens');
}

/**
 * Second − first, place by place, of the same hooks, positions and tokens; null for arms of different depth. The
 * divergences, [position, 3] per depth, can only be had while both arms are on the device.
 */
export function logitLensBetween(
  first: LogitLensArm,
  second: LogitLensArm,
  divergences: readonly Float32Array[] | null = null,
): LogitLensBetween | null {
  if (first.hooks.length !== second.hooks.length) return null;
  const { axes, shape } = first.entropy;
  const grid = (value: (i: number) => number) =>
    labelled(
      axes,
      shape,
      first.entropy.data.map((_, i) => value(i)),
    );
  const [, , k = 1] = first.top.ids.shape;
  const count = first.positions.length;
  const divergence = (which: number) =>
    divergences && grid((i) => divergences[Math.floor(i / count)]?.[(i % count) * 3 + which] as number);
  return {
    targetLogprob: difference(first.targetLogprob, second.targetLogprob),
    targetRank: difference(first.targetRank, second.targetRank),
    entropy: difference(first.entropy, second.entropy),
    sameTop: grid((i) => Number(first.top.ids.data[i * k] === second.top.ids.data[i * k])),
    tracked: first.tracked.map(({ logprob }, i) =>
      difference(logprob, must(second.tracked[i], 'tracked').logprob),
    ),
    kl: divergence(0),
    klReverse: divergence(1),
    jsd: divergence(2),
  };
}

function checkQuestion(
  options: LogitLensOptions,
  prompt: readonly number[],
  config: ModelConfig,
): LensQuestion {
  const { target, scale, piece } = options;
  const positions = checkPositions(options.positions, prompt.length);
  checkIds('target', target === null ? [] : [target], config);
  return {
    k: checkCount('k', options.k, 1, Math.min(MAX_K, config.dVocab)),
    positions,
    scale,
    target: positions.map((p) => target ?? prompt[p + 1] ?? null),
    track: checkIds('track', options.track, config),
    piece,
  };
}

function checkPositions(positions: readonly number[], pos: number): readonly number[] {
  if (positions.length === 0) return [...Array(pos).keys()];
  const resolved = positions.map((p) => resolvePosition(p, pos));
  if (new Set(resolved).size === resolved.length) return resolved;
  throw new InputError(`The positions ${positions.join(', ')} name one place twice. Name each once.`, {
    positions,
  });
}
