/** Pairs of one's own: added, budgeted, loaded whole or one arm at a time, while prompts go on being answered. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cpuDevice, cpuEngines, createCpuService, diskFiles, NO_HUB, NODE } from '../../tools/cpuService.ts';
import type { Device } from '../engine/device.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../weights/testing.ts';
import { LOAD_PHASES, type Progress } from './api.ts';
import { REGISTRY } from './registry.ts';
import { EngineService } from './service.ts';

const files = (options: TinyCheckpointOptions) =>
  [...makeTinyCheckpoint(options)].map(([name, bytes]) => new File([bytes], name));

const arms = () => ({
  original: files({ form: 'layer', seed: 1 }),
  vanilla: files({ form: 'layer', seed: 2, shards: 2 }),
  lnfree: files({ form: 'lnfree-2025', seed: 3 }),
});

/** A service whose device counts the parameters it holds, and has so much room. */
async function counting(room = Number.POSITIVE_INFINITY) {
  const device = cpuDevice();
  const held = { now: 0, most: 0 };
  const backend: Device['backend'] = {
    ...device.backend,
    allocate: (...args) => {
      held.now++;
      held.most = Math.max(held.most, held.now);
      return device.backend.allocate(...args);
    },
    free: (tensors) => {
      const list = [...tensors];
      held.now -= list.length;
      device.backend.free(list);
    },
    hasRoom: async (bytes) => bytes <= room,
  };
  const service = new EngineService({
    ...cpuEngines(async () => cpuDevice(backend)),
    surroundings: NODE,
    registry: REGISTRY,
    openBundled: (path) => diskFiles(`public/${path}`),
    hub: NO_HUB,
    onStatus: () => {},
  });
  await service.start();
  return { service, held };
}

const QUESTIONS = [
  ['predictions', { tokens: [1, 2, 3, 4] }],
  ['token-stats', { tokens: [1, 2, 3, 4] }],
  ['dla', { tokens: [1, 2, 3, 4], target: 5, unit: 'neuron' }],
  ['dla-per-position', { tokens: [1, 2, 3, 4], unit: 'neuron' }],
  ['confidence-neurons', { tokens: [1, 2, 3, 4], k: 5 }],
] as const;

test('one arm at a time gives the very numbers of all at once, between arms too, and never holds two', async () => {
  const { service, held } = await counting();
  await service.add({ id: 'whole', arms: arms() });
  await service.load({ pair: 'whole', dtype: 'f16', residency: 'all' });
  await service.add({ id: 'turns', arms: arms() });
  const before = held.now;
  held.most = before;
  const info = await service.load({ pair: 'turns', dtype: 'f16', residency: 'one-at-a-time' });
  expect(info.residency).toBe('one-at-a-time');
  expect(info.arms.map(({ loaded, resident }) => [loaded, resident])).toEqual([
    [true, false],
    [true, false],
    [true, true],
  ]);
  for (const [id, request] of QUESTIONS) {
    const whole = await service.analyze(id, { pair: 'whole', ...request } as never);
    const turns = await service.analyze(id, { pair: 'turns', ...request } as never);
    expect({ ...turns, pair: 'whole' }, id).toEqual(whole);
    expect(Object.keys(turns.arms)).toEqual(['original', 'vanilla', 'lnfree']);
  }
  const run = { hooks: ['logits', 'blocks.1.hook_resid_post'], tokens: [3, 1] };
  const [a, b] = [await service.run({ pair: 'whole', ...run }), await service.run({ pair: 'turns', ...run })];
  expect(b.arms).toEqual(a.arms);
  const oneArm = 28; // parameters of a two-layer model
  expect(held.most - before).toBe(oneArm);
  expect(held.now - before).toBe(oneArm);
});

test('each turn costs one change of arms: the one that is there goes first', async () => {
  const { service } = await counting();
  const { original, lnfree } = arms();
  await service.add({ id: 'two', arms: { original, lnfree } });
  await service.load({ pair: 'two', residency: 'one-at-a-time', dtype: 'f32' });
  const seen: string[] = [];
  await service.analyze('predictions', {
    tokens: [1],
    onProgress: ({ phase, unit }) => {
      if (unit === 'arms') seen.push(phase);
    },
  });
  expect(seen).toEqual(['predictions of lnfree', 'predictions of original']);
});

test('prompts are answered while a model loads, and a load can be cancelled at any point', async () => {
  const { service, held } = await counting();
  const before = held.now;
  await service.add({ id: 'mine', arms: arms() });
  let answered = false;
  const phases = new Set<string>();
  await service.load({
    pair: 'mine',
    onProgress: ({ phase }) => {
      phases.add(phase);
      if (phases.size === 1)
        void service.run({ pair: 'demo', text: 'a', hooks: [] }).then(() => (answered = true));
    },
  });
  expect(answered).toBe(true);
  expect([...phases].every((phase) => (LOAD_PHASES as readonly string[]).includes(phase))).toBe(true);
  expect(phases).toContain('self-checking');
  await service.unload({ pair: 'mine' });
  expect(held.now).toBe(before);

  for (let step = 1; step < 8; step++) {
    const controller = new AbortController();
    let reports = 0;
    const load = service.load({
      pair: 'mine',
      signal: controller.signal,
      onProgress: () => {
        if (++reports === step) controller.abort(new Error('enough'));
      },
    });
    await expect(load, `cancelled at report ${step}`).rejects.toThrow('enough');
    await service.unload({ pair: 'mine' });
    expect(held.now, `parameters left after report ${step}`).toBe(before);
  }
});

test('progress names the arm and the file, and its bytes end at the total', async () => {
  const { service } = await counting();
  const seen: Progress[] = [];
  await service.loadFiles({ id: 'mine', arms: arms(), onProgress: (progress) => seen.push(progress) });
  expect(seen.at(-1)).toMatchObject({ phase: 'self-checking', done: seen.at(-1)?.total });
  const bytes = seen.filter(({ phase }) => phase === 'converting');
  expect(bytes.length).toBeGreaterThan(0);
  expect(new Set(bytes.map(({ arm }) => arm))).toEqual(new Set(['original', 'vanilla', 'lnfree']));
  for (const { done, total, file } of bytes) {
    expect(done).toBeLessThanOrEqual(total);
    expect(file?.done).toBeLessThanOrEqual(file?.total ?? 0);
  }
});

test('an added pair has its configuration and budget before it is loaded, and can be removed', async () => {
  const { service } = await counting();
  const info = await service.add({ id: 'mine', title: 'My models', arms: arms() });
  expect(info).toMatchObject({ title: 'My models', added: true, tokenizer: false });
  expect(info.arms.map(({ config, loaded }) => [config?.norm.kind, loaded])).toEqual([
    ['layer', false],
    ['layer', false],
    ['linear', false],
  ]);
  const budget = await service.budget({ pair: 'mine', arms: ['original'] });
  expect(budget.arms).toMatchObject([{ id: 'original', download: 0, loaded: false }]);
  await expect(service.add({ id: 'mine', arms: arms() })).rejects.toMatchObject({ name: 'InputError' });
  await service.remove({ pair: 'mine' });
  expect((await service.pairs()).map(({ id }) => id)).not.toContain('mine');
  await expect(service.remove({ pair: 'demo' })).rejects.toMatchObject({ name: 'InputError' });
});

test('a pair that cannot fit is refused with the numbers, before a byte moves', async () => {
  const { service, held } = await counting(1000);
  const before = held.most;
  await service.add({ id: 'mine', arms: arms() });
  await expect(service.load({ pair: 'mine' })).rejects.toMatchObject({
    name: 'DeviceError',
    message: expect.stringMatching(/Does not fit.*narrower/),
  });
  expect(held.most).toBe(before);
});

test('a Hub that cannot be reached says so, and the demo goes on', async () => {
  const service = createCpuService();
  await service.start();
  await expect(service.load({ pair: 'gpt2-small' })).rejects.toMatchObject({ name: 'UnsupportedError' });
  expect((await service.run({ pair: 'demo', text: 'a', hooks: [] })).pair).toBe('demo');
});

test('arms that spell their tokens otherwise are refused', async () => {
  const { service } = await counting();
  const tokenizer = (swap: boolean) => {
    const json = JSON.parse(readFileSync('public/models/demo/original/tokenizer.json', 'utf8'));
    const vocab = json.model.vocab as Record<string, number>;
    if (swap) [vocab.a, vocab.b] = [vocab.b as number, vocab.a as number];
    return new File([JSON.stringify(json)], 'tokenizer.json');
  };
  const add = (swap: boolean) =>
    service.add({
      id: `pair-${swap}`,
      arms: {
        original: [...files({ form: 'layer' }), tokenizer(false)],
        lnfree: [...files({ form: 'lnfree-2025' }), tokenizer(swap)],
      },
    });
  expect((await add(false)).tokenizer).toBe(true);
  await expect(add(true)).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringMatching(/another tokenizer/),
  });
});
