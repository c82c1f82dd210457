/** The logit lens: every layer's residual stream read as if it were the last (SCIENCE §5). */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import { rows } from '../base/shapes.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { type LabelledTensor, labelled, type Tensor } from '../tensor/tensor.ts';
import { type ArmRun, checkCount, checkIds, promptOf, resolvePosition } from './armRun.ts';
import { MAX_K } from './predictions.ts';
import { uploadIds, withScratch } from './scratch.ts';
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

/**
 * softmax(ln_final(x)·W_Uᵀ) of every residual stream x: the likeliest tokens, the target and the tracked tokens, entropy.
 * `recomputed` norms each x by its own σ, `frozen` by the σ of this position's final residual; without LN there is none to
 * choose. A block of rows of logits lives until it is reduced.
 * @throws InputError on positions, ids or counts that this prompt and model do not have
 */
export async function logitLens(run: ArmRun, options: LogitLensOptions): Promise<LogitLensArm> {
  const { model, cache } = run;
  const { config, params } = model;
  const { piece, onDepth } = options;
  const prompt = promptOf(cache);
  const positions = checkPositions(options.positions, prompt.length);
  const k = checkCount('k', options.k, 1, Math.min(MAX_K, config.dVocab));
  const track = checkIds('track', options.track, config);
  const target = positions.map((p) => options.target ?? prompt[p + 1] ?? null);
  checkIds('target', options.target === null ? [] : [options.target], config);
  const hooks = depths(config, options.hooks);

  const { sigma, depth } = await withScratch(model, 'logit lens', async (ops) => {
    const [scale] = await ops.read([cache.get(SCALE)]);
    const normed = normer(run, ops, options.scale, scale);
    const names = indexTable(ops, rows(params.W_U.shape));
    const reduced: Float32Array[][] = [];
    for (const [done, hook] of hooks.entries()) {
      await onDepth?.(done, hooks.length);
      const indices = [...positions.keys()];
      const read = await readInBlocks(ops, indices, 4 * config.dVocab, (some) => {
        const normalized = normed(
          cache.get(hook),
          some.map((i) => positions[i] as number),
        );
        const logits = ops.linearT(normalized, params.W_U, `lens at ${hook}`); // [some, d_vocab]
        const lse = ops.logSumExp(logits);
        const best = ops.topK(logits, k);
        // A position without a next token is given a stand-in, whose values are dropped below.
        const asked = [some.map((i) => target[i] ?? 0), ...track.map((id) => some.map(() => id))];
        const scores = asked.flatMap((ids) => {
          const which = uploadIds(ops, ids, 'tokens asked about');
          return [ops.gather(logits, which), ops.rank(logits, which)];
        });
        return [lse, ops.entropy(logits, lse), best.values, ops.embed(names, best.ids), ...scores];
      });
      reduced.push(read);
    }
    return { sigma: scale, depth: reduced };
  });

  const shape = [hooks.length, positions.length];
  const grid = (value: (d: number, p: number) => number) => fill(['depth', 'position'], shape, value);
  const column = (d: number, which: number) => must(depth[d]?.[which], `lens column ${which}`);
  const top = (which: number, value: (x: number, d: number, p: number) => number) =>
    fill(['depth', 'position', 'rank'], [...shape, k], (d, p, r) =>
      value(column(d, which)[p * k + r] as number, d, p),
    );
  const logprob = (logit: number, d: number, p: number) => logit - (column(d, 0)[p] as number);
  const logprobOf = (which: number) => grid((d, p) => logprob(column(d, which)[p] as number, d, p));
  const rankOf = (which: number) => grid((d, p) => column(d, which)[p] as number);
  const where = (values: LabelledTensor) => withoutTarget(values, target);
  const ids = top(3, (id) => id);
  const named = new Set([...ids.data, ...track, ...target.filter((id) => id !== null)]);
  return {
    hooks,
    positions: [...positions],
    convention: {
      finalScale: config.norm.kind === 'layer' ? options.scale : 'none',
      scale: labelled(
        ['position'],
        [positions.length],
        Float32Array.from(positions, (p) => sigma[p] as number),
      ),
    },
    top: { ids, logprobs: top(2, logprob) },
    target,
    targetLogprob: where(logprobOf(4)),
    targetRank: where(rankOf(5)),
    entropy: grid((d, p) => column(d, 1)[p] as number),
    tracked: track.map((id, i) => ({
      id,
      piece: piece(id),
      logprob: logprobOf(6 + 2 * i),
      rank: rankOf(7 + 2 * i),
    })),
    pieces: Object.fromEntries([...named].map((id) => [id, piece(id)])),
  };
}

/** Second − first, place by place; both of the same hooks, positions and tokens. */
export function logitLensBetween(first: LogitLensArm, second: LogitLensArm): LogitLensBetween {
  const minus = (a: LabelledTensor, b: LabelledTensor): LabelledTensor =>
    labelled(
      a.axes,
      a.shape,
      b.data.map((value, i) => value - (a.data[i] as number)),
    );
  const [, , k = 1] = first.top.ids.shape;
  const { axes, shape } = first.entropy;
  const same = first.entropy.data.map((_, i) =>
    Number(first.top.ids.data[i * k] === second.top.ids.data[i * k]),
  );
  return {
    targetLogprob: minus(first.targetLogprob, second.targetLogprob),
    targetRank: minus(first.targetRank, second.targetRank),
    entropy: minus(first.entropy, second.entropy),
    sameTop: labelled(axes, shape, same),
    tracked: first.tracked.map(({ logprob }, i) =>
      minus(logprob, must(second.tracked[i], 'tracked').logprob),
    ),
  };
}

/** The rows of a residual stream at some positions, normed as the convention has it: [positions, d_model]. */
type Normer = (residual: Tensor, positions: readonly number[]) => Tensor;

function normer({ model }: ArmRun, ops: Ops, scale: LensScale, sigma: Float32Array): Normer {
  const { norm, dModel } = model.config;
  const { lnFinal } = model.params;
  const rowsOf = (residual: Tensor, positions: readonly number[]) =>
    ops.embed(residual, uploadIds(ops, positions, 'positions'), residual.label);
  if (scale === 'recomputed' || norm.kind === 'linear')
    return (residual, positions) => ops.norm(rowsOf(residual, positions), lnFinal, norm).normalized;
  return (residual, positions) => {
    // x/σ first: the linear norm then centres it and adds gain and bias, which is ln_final with that σ.
    const inverse = Float32Array.from(
      { length: positions.length * dModel },
      (_, i) => 1 / (sigma[positions[Math.floor(i / dModel)] as number] as number),
    );
    const shape = [positions.length, dModel];
    const byRow = ops.upload({ dtype: 'f32', shape, data: inverse }, '1/σ');
    const scaled = ops.dotGroups(rowsOf(residual, positions), byRow, dModel, 'x/σ');
    return ops.norm(scaled, lnFinal, { kind: 'linear' }).normalized;
  };
}

/** Row i holds i: what turns ids on the device into floats that are read with all else. [n, 1]. */
function indexTable(ops: Ops, n: number): Tensor {
  const data = Float32Array.from({ length: n }, (_, i) => i);
  return ops.upload({ dtype: 'f32', shape: [n, 1], data }, 'indices');
}

function checkPositions(positions: readonly number[], pos: number): readonly number[] {
  if (positions.length === 0) return [...Array(pos).keys()];
  const resolved = positions.map((p) => resolvePosition(p, pos));
  if (new Set(resolved).size === resolved.length) return resolved;
  throw new InputError(`The positions ${positions.join(', ')} name one place twice. Name each once.`, {
    positions,
  });
}

/** NaN in the columns of positions that have no target. */
function withoutTarget(
  { axes, shape, data }: LabelledTensor,
  target: readonly (number | null)[],
): LabelledTensor {
  return labelled(
    axes,
    shape,
    data.map((value, i) => (target[i % target.length] === null ? Number.NaN : value)),
  );
}

function fill(
  axes: readonly string[],
  shape: readonly number[],
  value: (...at: [number, number, number]) => number,
): LabelledTensor {
  const [, width = 1, depth = 1] = shape;
  const data = Float32Array.from({ length: shape.reduce((n, m) => n * m, 1) }, (_, i) =>
    value(Math.floor(i / (width * depth)), Math.floor(i / depth) % width, i % depth),
  );
  return labelled(axes, shape, data);
}
