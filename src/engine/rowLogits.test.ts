/** Who makes the logits of all positions: whoever asks for the hook by name, ONNX Runtime, and arms that take turns; no other analysis. */

import { expect, test } from 'vitest';
import { cpuDevice, cpuEngines, diskFiles, NO_HUB, NODE } from '../../tools/cpuService.ts';
import { OpsModel } from '../model/opsModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import type { Ops } from '../tensor/ops.ts';
import { makeTinyCheckpoint } from '../weights/testing.ts';
import type { Device } from './device.ts';
import { REGISTRY } from './registry.ts';
import { EngineService } from './service.ts';

const TOKENS = [1, 2, 3, 4];

const QUESTIONS = [
  ['predictions', {}],
  ['token-stats', {}],
  ['dla', { target: 5, unit: 'head' }],
  ['dla-per-position', { unit: 'neuron' }],
] as const;

/** A model whose runs give all logits anyway, as ONNX Runtime's do. */
class EveryLogit extends OpsModel {
  override readonly rowLogits = false;
}

/** A service over tiny arms that counts how often a run makes the logits of all positions. */
async function counting() {
  const made = { logits: 0 };
  const backend = createCpuBackend();
  const arena = (label: string): Ops => {
    const ops = backend.arena(label);
    const linearT = ops.linearT.bind(ops);
    ops.linearT = (x, W, name) => {
      if (name === 'logits') made.logits++;
      return linearT(x, W, name);
    };
    return ops;
  };
  const device = (model: typeof OpsModel): Device => ({
    ...cpuDevice({ ...backend, arena }),
    createModel: (config, params) => new model({ ...backend, arena }, config, params),
  });
  const service = new EngineService({
    ...cpuEngines(
      async () => device(OpsModel),
      async () => device(EveryLogit),
    ),
    surroundings: NODE,
    registry: REGISTRY,
    openBundled: (path) => diskFiles(`public/${path}`),
    hub: NO_HUB,
    onStatus: () => {},
  });
  await service.start();
  const files = (seed: number) =>
    [...makeTinyCheckpoint({ seed })].map(([name, bytes]) => new File([bytes], name));
  const arms = () => ({ original: files(1), lnfree: files(2) });
  await service.add({ id: 'mine', arms: arms() });
  return { service, made };
}

async function askAll(service: EngineService, request: object): Promise<void> {
  for (const [id, parameters] of QUESTIONS)
    await service.analyze(id, { pair: 'mine', tokens: TOKENS, ...parameters, ...request } as never);
}

test('our kernels: never for an analysis, once per arm for the hook', async () => {
  const { service, made } = await counting();
  await service.load({ pair: 'mine', residency: 'all', dtype: 'f32' });
  made.logits = 0;
  await askAll(service, {});
  expect(made.logits).toBe(0);
  const { arms } = await service.run({ pair: 'mine', tokens: TOKENS, hooks: ['logits'] });
  expect(arms.lnfree?.activations.logits?.shape).toEqual([4, 29]);
  expect(made.logits).toBe(2);
});

test('ONNX Runtime gives them with every run', async () => {
  const { service, made } = await counting();
  await service.load({ pair: 'mine', residency: 'all', dtype: 'f32', engine: 'ort' });
  made.logits = 0;
  await askAll(service, { engine: 'ort' });
  expect(made.logits).toBe(2);
});

test('arms that take turns record them where two are compared, not where one is asked alone', async () => {
  const { service, made } = await counting();
  await service.load({ pair: 'mine', residency: 'one-at-a-time', dtype: 'f32' });
  made.logits = 0;
  await askAll(service, { arms: ['lnfree'] });
  expect(made.logits).toBe(0);
  await askAll(service, {});
  expect(made.logits).toBe(2);
});
