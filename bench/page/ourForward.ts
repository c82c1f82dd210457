/** Our side of a forward pass: a random model on a backend of ours, run to the end. */

import { allHooks, type HookName } from '../../src/model/hooks.ts';
import { OpsModel } from '../../src/model/opsModel.ts';
import type { Backend } from '../../src/tensor/ops.ts';
import type { ModelConfig } from '../../src/tensor/params.ts';
import type { Machine } from './machine.ts';
import { hostParams, type RandomModel } from './weights.ts';

export const LOGITS: readonly HookName[] = ['logits'];

/** Every hook but those that are recorded only when asked for by name. */
export function usualHooks(config: ModelConfig): HookName[] {
  return allHooks(config, 1)
    .filter(({ optIn }) => !optIn)
    .map(({ name }) => name);
}

/** A random model's parameters on a backend of ours; `park` frees them. */
export function ourModel(backend: Backend, model: RandomModel): OpsModel {
  return OpsModel.fromHost(backend, model.config, hostParams(model));
}

/** One run until the device is done; its activations are given back. */
export async function runOnce(
  machine: Machine,
  model: OpsModel,
  tokens: readonly number[],
  hooks: readonly HookName[],
): Promise<void> {
  const cache = await model.run([tokens], hooks);
  await machine.done();
  cache.dispose();
}

/** One run's values of one hook, on the host. */
export async function valuesOf(
  model: OpsModel,
  tokens: readonly number[],
  hook: HookName,
  hooks: readonly HookName[] = [hook],
): Promise<Float32Array> {
  const cache = await model.run([tokens], hooks);
  const [values] = await cache.ops.read([cache.get(hook)]);
  cache.dispose();
  return values;
}
