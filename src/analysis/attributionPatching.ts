/** Attribution patching: what the gradient says that patching would do, for all parts of all layers at once (SCIENCE §7). */

import { must } from '../base/assert.ts';
import { minus } from '../model/applyEdits.ts';
import { type Gradients, gradientsOfRun, runHooks } from '../model/backward.ts';
import type { ActivationCache } from '../model/cache.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { Metric } from '../model/metric.ts';
import type { Model } from '../model/model.ts';
import type { Ops } from '../tensor/ops.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { labelled, type Tensor } from '../tensor/tensor.ts';
import { checkPair } from './activationPatchingPair.ts';
import { patchSite } from './activationPatchingSites.ts';
import { checkCount } from './armRun.ts';
import { indexTable } from './scratch.ts';
import type { PatchGranularity, PatchMap, PatchSite } from './types/index.ts';

export interface AttributedSite {
  readonly site: PatchSite;
  readonly granularity: PatchGranularity;
  readonly layers: readonly number[];
  /** Of `neuron-topk`: how many of each layer. */
  readonly k: number;
}

/** `values`: gradient · (other − own), what the metric of the run that is patched would gain if it were linear. */
export interface AttributionMap extends PatchMap {
  /** The metric of the run that is patched, where the gradient is taken, and of the one that is read. */
  readonly patchedMetric: number;
  readonly sourceMetric: number;
}

/**
 * Σ ∂f/∂a · (a of `source` − a of `patched`) over each part of a site, the gradient on the run of `patched`. Two forward
 * passes and one backward, however many sites; sums over a part's numbers are taken on the device. Of `neuron-topk` the
 * neurons with the largest magnitude, largest first.
 * @throws InputError for prompts that cannot be patched into each other, a site, granularity, layer or k that is none, and a
 * metric that does not fit the prompts; UnsupportedError where the model has no gradients.
 */
export async function attributionMaps(
  model: Model,
  { patched, source }: { patched: readonly number[]; source: readonly number[] },
  metric: Metric,
  sites: readonly AttributedSite[],
): Promise<AttributionMap[]> {
  checkPair(source, patched);
  const { config } = model;
  const hooks = sites.map((site) => hooksOf(config, site));
  const wanted = new Set(hooks.flat());
  const needed = runHooks(model, [patched], wanted);
  const final = blockHook(config.nLayers - 1, 'hook_resid_post');

  const open: { dispose(): void }[] = [];
  const opened = <T extends { dispose(): void }>(one: T): T => {
    open.push(one);
    return one;
  };
  try {
    const own = opened(await model.run([patched], new Set([...needed, ...wanted])));
    const other = opened(await model.run([source], new Set([...wanted, final])));
    const gradients = opened(await gradientsOfRun(model, own, metric, wanted));
    const ofSource = opened(await gradientsOfRun(model, other, metric, []));
    const { ops } = gradients;
    const reduced = sites.map((site, i) => reduce(config, { gradients, own, other }, hooks[i] ?? [], site));
    const [patchedMetric, ...values] = await ops.read([gradients.value, ...reduced.flat()]);
    const [sourceMetric] = await ofSource.ops.read([ofSource.value]);
    const metrics = {
      patchedMetric: patchedMetric?.[0] as number,
      sourceMetric: sourceMetric[0] as number,
    };
    return sites.map((site, i) => {
      const own = values.splice(0, reduced[i]?.length) as Float32Array[];
      return { ...mapOf(config, own, patched.length, site), ...metrics };
    });
  } finally {
    for (const one of open.reverse()) one.dispose();
  }
}

/** `attributionMaps` of one site. */
export async function attributionMap(
  model: Model,
  prompts: { patched: readonly number[]; source: readonly number[] },
  metric: Metric,
  site: AttributedSite,
): Promise<AttributionMap> {
  const [map] = await attributionMaps(model, prompts, metric, [site]);
  return must(map, 'a site without a map');
}

/** The hook of a site in each of its layers. */
function hooksOf(config: ModelConfig, { site, granularity, layers, k }: AttributedSite): HookName[] {
  const { hook } = patchSite(site, granularity);
  for (const layer of layers) checkCount('A layer', layer, 0, config.nLayers - 1);
  if (granularity === 'neuron-topk') checkCount('k', k, 1, config.dMlp);
  return layers.map((layer) => blockHook(layer, hook));
}

interface Runs {
  readonly gradients: Gradients;
  readonly own: ActivationCache;
  readonly other: ActivationCache;
}

/** gradient · change of each hook, summed as far as the device can: one tensor per hook, of `neuron-topk` two. */
function reduce(
  { nHeads }: ModelConfig,
  { gradients, own, other }: Runs,
  hooks: readonly HookName[],
  { granularity, k }: AttributedSite,
): Tensor[] {
  const { ops } = gradients;
  return hooks.flatMap((hook) =>
    ops.tidy(() => {
      const change = minus(ops, other.get(hook), own.get(hook), hook);
      const gradient = gradients.get(hook);
      if (granularity === 'neuron-topk') return largestNeurons(ops, change, gradient, k);
      const attention = change.shape.length === 4; // [1, head, query, key], else [1, pos, width]
      const groups = granularity === 'position' || attention ? 1 : nHeads;
      return [ops.dotGroups(change, gradient, groups, `${hook} (attribution)`)];
    }),
  );
}

/** The k neurons of the largest magnitude, as means over positions, [1, 1, k], and which they are, [1, 1, k, 1]. */
function largestNeurons(ops: Ops, change: Tensor, gradient: Tensor, k: number): Tensor[] {
  const width = change.shape[2] as number;
  const each = ops.dotGroups(change, gradient, width, 'attribution by neuron'); // [1, pos, d_mlp]
  const { values, ids } = ops.topK(ops.meanPositions(each), k, 'largest neurons', 'magnitude');
  return [values, ops.embed(indexTable(ops, width), ids, 'their numbers')];
}

/** Puts what was read in the order of the axes; what is left to sum are a few numbers per layer. */
function mapOf(
  { nHeads }: ModelConfig,
  read: readonly Float32Array[],
  pos: number,
  { site, granularity, layers }: AttributedSite,
): PatchMap {
  const of = (axes: string[], shape: number[], rows: readonly ArrayLike<number>[]): PatchMap => ({
    values: labelled(
      ['layer', ...axes],
      [layers.length, ...shape],
      Float32Array.from(rows.flatMap((row) => Array.from(row))),
    ),
    layers: [...layers],
  });
  if (granularity === 'neuron-topk') {
    const sums = layers.map((_, i) => (read[2 * i] as Float32Array).map((mean) => mean * pos));
    const neurons = layers.map((_, i) => Array.from(read[2 * i + 1] as Float32Array));
    return { ...of(['neuron'], [sums[0]?.length ?? 0], sums), neurons };
  }
  if (granularity === 'position' && site !== 'pattern') return of(['pos'], [pos], read);
  // Of a pattern [head, query] was read, of other sites with heads [pos, head].
  const at =
    site === 'pattern' ? (h: number, p: number) => h * pos + p : (h: number, p: number) => p * nHeads + h;
  const byHead = (row: Float32Array) =>
    Array.from({ length: nHeads }, (_, h) => Array.from({ length: pos }, (_, p) => row[at(h, p)] as number));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, x) => total + x, 0);
  if (granularity === 'head-position')
    return of(
      ['head', 'pos'],
      [nHeads, pos],
      read.map((row) => byHead(row).flat()),
    );
  if (granularity === 'head')
    return of(
      ['head'],
      [nHeads],
      read.map((row) => byHead(row).map(sum)),
    );
  const byQuery = (row: Float32Array) => {
    const heads = byHead(row);
    return Array.from({ length: pos }, (_, p) => sum(heads.map((queries) => queries[p] as number)));
  };
  return of(['pos'], [pos], read.map(byQuery));
}
