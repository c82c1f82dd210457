/** Gradients of a run's metric: from the request in a person's words to labelled arrays. */

import { checkIds, checkSet, resolvePosition } from '../analysis/armRun.ts';
import { must } from '../base/assert.ts';
import { InputError, UnsupportedError } from '../base/errors.ts';
import { gradientsOfRun } from '../model/backward.ts';
import type { ActivationCache } from '../model/cache.ts';
import { planEdits } from '../model/editPlan.ts';
import { allHooks, type HookName } from '../model/hooks.ts';
import { logitDifference, type Metric } from '../model/metric.ts';
import type { Model } from '../model/model.ts';
import type { Ops } from '../tensor/ops.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { type LabelledTensor, labelled, type Tensor } from '../tensor/tensor.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { EngineChoice, GradientsRequest, MetricRequest, PromptRequest } from './api.ts';
import { promptTokens, tokenIds } from './prompts.ts';

/** What a metric and the hooks of its gradients come to for one prompt; the same for every arm. */
export interface AskedGradients {
  readonly metric: Metric;
  readonly hooks: readonly HookName[];
}

/** The prompt that the metric is of. */
export interface MetricPrompt extends Pick<PromptRequest, 'prependBos'> {
  readonly tokens: readonly number[];
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer | null;
}

/** UnsupportedError where gradients are asked of an engine by name that runs models forwards only. */
export function checkDerivable(engine: EngineChoice | undefined): void {
  if (engine !== 'ort') return;
  throw new UnsupportedError(
    "ONNX Runtime runs models forwards: gradients need our WebGPU kernels. Leave `engine` out, or ask for 'wgsl'.",
    { engine },
  );
}

/** @throws InputError for what is no metric, an empty target, a token that is none, and a position outside its prompt. */
export function askedGradients({ metric, hooks }: GradientsRequest, prompt: MetricPrompt): AskedGradients {
  if (!Array.isArray(hooks))
    throw new InputError("gradients.hooks must be a list of hooks, e.g. ['blocks.0.attn.hook_z'].", {
      hooks,
    });
  return { metric: askedMetric(metric, prompt), hooks: [...new Set(hooks)] };
}

function askedMetric(metric: MetricRequest | undefined, prompt: MetricPrompt): Metric {
  const { tokens, config, tokenizer } = prompt;
  if (typeof metric !== 'object' || metric === null)
    throw new InputError("gradients need a metric, e.g. {target: ' she', contrast: ' he'}.", { metric });
  const position = resolvePosition(metric.position ?? -1, tokens.length);
  if (metric.kind === 'kl') {
    const reference = referenceTokens(metric.to, prompt);
    return {
      kind: 'kl',
      position,
      reference,
      referencePosition: resolvePosition(metric.position ?? -1, reference.length),
    };
  }
  if (metric.kind !== undefined && metric.kind !== 'logit-diff' && metric.kind !== 'log-prob')
    throw new InputError(
      `There is no metric '${String((metric as { kind: unknown }).kind)}'. Use 'logit-diff', 'log-prob' or 'kl'.`,
      { metric },
    );
  const target = checkSet('target', tokenIds(metric.target ?? [], tokenizer), config);
  if (metric.kind === 'log-prob') return { kind: 'log-prob', position, target };
  return logitDifference(
    position,
    target,
    checkIds('contrast', tokenIds(metric.contrast ?? [], tokenizer), config),
  );
}

function referenceTokens(
  to: { text: string } | { tokens: number[] } | undefined,
  prompt: MetricPrompt,
): number[] {
  const { config, tokenizer, prependBos } = prompt;
  if (typeof to !== 'object' || to === null)
    throw new InputError(
      "The metric 'kl' needs the prompt to compare with: to: {text: '…'} or {tokens: […]}.",
      { to },
    );
  return promptTokens({ ...to, ...(prependBos !== undefined && { prependBos }) }, config, tokenizer);
}

/** The metric of one arm's run and its gradients, in host memory. The run has recorded `runHooks`. */
export async function readGradients(
  model: Model,
  cache: ActivationCache,
  { metric, hooks }: AskedGradients,
): Promise<{ metric: number; gradients: Record<HookName, LabelledTensor> }> {
  const found = await gradientsOfRun(model, cache, metric, hooks);
  try {
    const [value] = await found.ops.read([found.value]);
    const gradients = await readHooks(found.ops, (hook) => found.get(hook), hooks, model, cache);
    return { metric: value[0] as number, gradients };
  } finally {
    found.dispose();
  }
}

/** Tensors that are shaped as the hooks of one prompt are, [1, …], read with their axes. */
export async function readHooks(
  ops: Ops,
  at: (hook: HookName) => Tensor,
  hooks: readonly HookName[],
  { config }: Model,
  { pos, edits }: ActivationCache,
): Promise<Record<HookName, LabelledTensor>> {
  const values = await ops.read(hooks.map(at));
  const infos = new Map(
    allHooks(config, pos, planEdits(config, edits, pos)).map((info) => [info.name, info]),
  );
  const read = hooks.map((hook, i) => {
    const { axes, shape } = must(infos.get(hook), hook);
    return [hook, labelled(axes, shape, values[i] as Float32Array)] as const;
  });
  return Object.fromEntries(read);
}
