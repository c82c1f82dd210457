/** Gradients of a metric at the hooks of a run: derivatives with respect to the values seen there. */

import { must } from '../base/assert.ts';
import { InputError, UnsupportedError } from '../base/errors.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { editsBack } from './backwardEdits.ts';
import { forwardHooks, type Pass } from './backwardParts.ts';
import { backward } from './backwardPass.ts';
import type { ActivationCache } from './cache.ts';
import { checkRun } from './checkRun.ts';
import { type EditPlan, planEdits } from './editPlan.ts';
import type { Edit } from './edits.ts';
import type { HookName } from './hooks.ts';
import { checkMetric, type Metric } from './metric.ts';
import type { Model } from './model.ts';

const NORMALIZED = 'ln_final.hook_normalized';

/** One metric and its gradients, still on the device. Owns its arena: `dispose` frees all of it at once. */
export class Gradients {
  constructor(
    readonly ops: Ops,
    /** The metric of every batch entry: as many numbers. */
    readonly value: Tensor,
    private readonly gradients: ReadonlyMap<HookName, Tensor>,
  ) {}

  /** The gradient at a hook that was asked for; [batch, …shape of the hook], heads side by side in the last axis. */
  get(name: HookName): Tensor {
    return must(this.gradients.get(name), `no gradient at ${name} was asked for`);
  }

  dispose(): void {
    this.ops.dispose();
  }
}

/**
 * The gradient of a metric at every hook asked for: what the metric gains per unit that is added to the value seen there
 * (after its edits), everything after it computed anew. Runs its own forward pass. Each batch entry has a metric of its own.
 *
 * At `hook_scale` it is the derivative by σ with the norm's input left alone; at `attn.hook_attn_scores` and
 * `attn.hook_pattern` it is 0 where key > query; at `attn.hook_result` every head's is that of their sum. Where a norm is
 * frozen by an edit, what it divides by counts as a constant, even if it is the prompt's mean.
 *
 * @throws InputError as `Model.run` does, on a metric that does not fit the prompt, and on a scale that has no derivative;
 * UnsupportedError where `capabilities` has no gradients.
 */
export async function gradientsOf(
  model: Model,
  tokens: readonly (readonly number[])[],
  metric: Metric,
  hooks: Iterable<HookName>,
  edits: readonly Edit[] = [],
): Promise<Gradients> {
  const wanted = new Set(hooks);
  const cache = await model.run(tokens, runHooks(model, tokens, wanted, edits), edits);
  try {
    return await gradientsOfRun(model, cache, metric, wanted);
  } finally {
    cache.dispose();
  }
}

/** What a run must have recorded for `gradientsOfRun` at these hooks. @throws as `gradientsOf` does. */
export function runHooks(
  model: Model,
  tokens: readonly (readonly number[])[],
  hooks: ReadonlySet<HookName>,
  edits: readonly Edit[] = [],
): HookName[] {
  const { config, capabilities } = model;
  if (!capabilities.gradients)
    throw new UnsupportedError(
      "ONNX Runtime runs models forwards: gradients need our WebGPU kernels. Leave `engine` out, or ask for 'wgsl'.",
    );
  const plan = planEdits(config, edits, tokens[0]?.length ?? 0);
  checkRun(config, tokens, hooks, plan);
  checkScales(model, hooks, plan);
  checkAdded(hooks);
  return forwardHooks(config, plan, lowestLayer(config.nLayers, hooks));
}

/** `gradientsOf` of a run that is there, for the edits that it had. The run may be disposed of afterwards. */
export async function gradientsOfRun(
  model: Model,
  cache: ActivationCache,
  metric: Metric,
  hooks: Iterable<HookName>,
): Promise<Gradients> {
  const { config, backend } = model;
  checkMetric(config, metric, cache.pos);
  const wanted = new Set(hooks);
  const reference = metric.kind === 'kl' ? await model.run([metric.reference], [NORMALIZED]) : null;
  const ops = backend.arena(`gradients of ${cache.batch} × ${cache.pos} tokens`);
  try {
    const recorded = new Map<HookName, Tensor>();
    const edits = planEdits(config, cache.edits, cache.pos);
    const pass: Pass = {
      ops,
      config,
      cache,
      edits,
      lowest: lowestLayer(config.nLayers, wanted),
      wants: (name) => wanted.has(name),
      see: (name, gradient, before = null) => {
        if (wanted.has(name)) recorded.set(name, ops.keep(gradient));
        const steps = edits.steps.get(name);
        return steps ? editsBack(ops, gradient, steps, before) : gradient;
      },
    };
    const value = backward(pass, model.params, metric, reference && referenceRow(ops, reference, metric));
    ops.flush(); // before the runs' memory serves others
    return new Gradients(ops, value, recorded);
  } catch (error) {
    ops.dispose();
    throw error;
  } finally {
    reference?.dispose();
  }
}

function referenceRow(ops: Ops, reference: ActivationCache, metric: Metric): Tensor {
  const position = (metric.kind === 'kl' ? metric.referencePosition : undefined) ?? metric.position;
  const at = ops.upload({ dtype: 'u32', shape: [1], data: Uint32Array.of(position) }, 'position');
  return ops.embed(reference.get(NORMALIZED), at, NORMALIZED); // [1, d_model]
}

/** The lowest layer that has one of the hooks; nLayers where none has, and 0 for the embeddings. */
function lowestLayer(nLayers: number, hooks: ReadonlySet<HookName>): number {
  const layers = [...hooks].map((name) => {
    if (name.endsWith('embed')) return 0;
    const layer = /^blocks\.(\d+)\./.exec(name)?.[1];
    return layer === undefined ? nLayers : Number(layer);
  });
  return Math.min(nLayers, ...layers);
}

function checkAdded(hooks: ReadonlySet<HookName>): void {
  const added = [...hooks].find((name) => name.endsWith('.edit'));
  if (!added) return;
  const hook = added.slice(0, -'.edit'.length);
  throw new InputError(`What edits added at ${hook} has the gradient of ${hook} itself: ask for that.`, {
    hook: added,
  });
}

function checkScales({ config }: Model, hooks: ReadonlySet<HookName>, { norms }: EditPlan): void {
  const scale = [...hooks].find((name) => {
    if (!name.endsWith('.hook_scale')) return false;
    return config.norm.kind === 'linear' || norms.has(name.replace(/\.hook_scale$/, ''));
  });
  if (!scale) return;
  const why = config.norm.kind === 'linear' ? 'is 1 by definition without LayerNorm' : 'is fixed by an edit';
  throw new InputError(`${scale} ${why}, so nothing can be derived by it. Leave it out.`, { hook: scale });
}
