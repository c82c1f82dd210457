/** What each LayerNorm divides by, what an LN-free model would, and the residual stream behind it (SCIENCE §8). */

import { must } from '../base/assert.ts';
import { largestOf } from '../base/largest.ts';
import { lastAxis } from '../base/shapes.ts';
import { blockHook, type HookName, scaleHooks } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { type LabelledTensor, labelled, type Tensor } from '../tensor/tensor.ts';
import { type ArmRun, checkCount, promptOf } from './armRun.ts';
import { GPT2_EPS, wouldBeSigma } from './finalSigma.ts';
import { centring, uploadIds, uploadRows, withScratch } from './scratch.ts';
import type { MassiveDimension, NormScalesArm } from './types/index.ts';

export interface NormScalesOptions {
  centred: boolean;
  k: number;
}

/** The most dimensions that are listed. */
export const MAX_DIMENSIONS = 16;

const FIRST = blockHook(0, 'hook_resid_pre');

/** The norms in the order of the forward pass, and where in the residual stream each reads. */
function sitesOf({ nLayers }: ModelConfig): { site: string; reads: HookName }[] {
  const blocks = Array.from({ length: nLayers }, (_, layer) => [
    // What a block begins with is what the one before it ended with.
    { site: `blocks.${layer}.ln1`, reads: layer === 0 ? FIRST : blockHook(layer - 1, 'hook_resid_post') },
    { site: `blocks.${layer}.ln2`, reads: blockHook(layer, 'hook_resid_mid') },
  ]);
  return [...blocks.flat(), { site: 'ln_final', reads: blockHook(nLayers - 1, 'hook_resid_post') }];
}

/** The residual stream as it grows: the token, the token at its position, then after each half of each block. */
function stagesOf({ nLayers }: ModelConfig): HookName[] {
  const blocks = Array.from({ length: nLayers }, (_, layer) => [
    blockHook(layer, 'hook_resid_mid'),
    blockHook(layer, 'hook_resid_post'),
  ]);
  return ['hook_embed', FIRST, ...blocks.flat()];
}

export function normScalesHooks(config: ModelConfig): HookName[] {
  return [...stagesOf(config), ...scaleHooks(config)];
}

/**
 * σ by site and position, as recorded, or on an LN-free arm √(variance + 1e-5) of the residual stream where the norm
 * reads; lengths and cosines of the residual stream by stage and position; and its largest dimensions.
 * @throws InputError where k is no count.
 */
export async function normScales(run: ArmRun, { centred, k }: NormScalesOptions): Promise<NormScalesArm> {
  const { model, cache } = run;
  const { config } = model;
  const T = promptOf(cache).length;
  checkCount('k', k, 1, Math.min(MAX_DIMENSIONS, config.dModel));
  const [sites, stages] = [sitesOf(config), stagesOf(config)];
  return withScratch(model, 'norm scales', async (ops) => {
    const plain = centring(ops, config.dModel);
    const streams = (hook: HookName) => (centred ? plain(cache.get(hook)) : cache.get(hook));
    const perPosition = await readPerPosition(ops, stages, streams);
    const massive = await readMassive(ops, stages, streams, T, k);
    const { norm } = config;
    const eps = norm.kind === 'layer' ? norm.eps : GPT2_EPS;
    const sigma = await ops.read(
      sites.map(({ site, reads }) =>
        norm.kind === 'layer'
          ? cache.get(`${site}.hook_scale`)
          : ops.tidy(() => wouldBeSigma(model, ops, cache.get(reads))),
      ),
    );
    return {
      norm: norm.kind,
      scale: norm.kind === 'layer' ? 'recorded' : 'would-be',
      eps,
      sites: sites.map(({ site }) => site),
      sigma: table('site', sigma, T),
      stages,
      centred,
      lengths: table('stage', perPosition.lengths, T),
      cosines: table('stage', perPosition.cosines, T),
      massive,
    };
  });
}

/** Lengths of every stage, and cosines of every two neighbours, by position. */
async function readPerPosition(
  ops: Ops,
  stages: readonly HookName[],
  streamOf: (hook: HookName) => Tensor,
): Promise<{ lengths: Float32Array[]; cosines: Float32Array[] }> {
  const read = await ops.read(
    stages.flatMap((hook, i) =>
      ops.tidy(() => {
        const x = streamOf(hook);
        const next = streamOf(stages[i + 1] ?? hook); // of the last one, itself: its length again, unused
        return [ops.dotGroups(x, x, 1, `‖${hook}‖²`), ops.dotGroups(x, next, 1, `${hook} · the next`)];
      }),
    ),
  );
  const lengths = stages.map((_, i) => must(read[2 * i], 'no length').map(Math.sqrt));
  const cosines = lengths.slice(1).map((after, i) => {
    const before = must(lengths[i], 'no length');
    const dots = must(read[2 * i + 1], 'no product');
    return dots.map((dot, p) => dot / ((before[p] as number) * (after[p] as number)));
  });
  return { lengths, cosines };
}

/** The k dimensions of each stage with the largest squares: at position 0, and in the mean over those after it. */
async function readMassive(
  ops: Ops,
  stages: readonly HookName[],
  streamOf: (hook: HookName) => Tensor,
  T: number,
  k: number,
): Promise<NormScalesArm['massive']> {
  const first = uploadIds(ops, [0], 'position 0');
  const rest = Array.from({ length: T }, (_, p) => (p === 0 ? 0 : 1 / (T - 1)));
  const average = uploadRows(ops, [rest], 'mean over positions ≥ 1');
  const read = await ops.read(
    stages.flatMap((hook) =>
      ops.tidy(() => {
        const x = streamOf(hook);
        const squares = ops.dotGroups(x, x, lastAxis(x.shape), `${hook}²`);
        return [ops.embed(x, first, hook), ops.linear(average, squares, null, undefined, `mean of ${hook}²`)];
      }),
    ),
  );
  return stages.map((stage, i) => {
    const [own, squares] = [read[2 * i] as Float32Array, read[2 * i + 1] as Float32Array];
    const atFirst = largest(
      own.map((value) => value ** 2),
      k,
      (dimension) => own[dimension] as number,
    );
    const after = largest(squares, k, (dimension) => Math.sqrt(squares[dimension] as number));
    return { stage, first: atFirst, rest: T > 1 ? after : [] };
  });
}

/** The k largest squares with their share of all of them. */
function largest(
  squares: Float32Array,
  k: number,
  sizeOf: (dimension: number) => number,
): MassiveDimension[] {
  const total = squares.reduce((sum, square) => sum + square, 0);
  return largestOf(squares.length, k, (dimension) => squares[dimension] as number).map((dimension) => ({
    dimension,
    value: sizeOf(dimension),
    share: (squares[dimension] as number) / total,
  }));
}

function table(name: string, rows: readonly Float32Array[], T: number): LabelledTensor {
  const data = Float32Array.from(rows.flatMap((row) => [...row]));
  return labelled([name, 'position'], [rows.length, T], data);
}
