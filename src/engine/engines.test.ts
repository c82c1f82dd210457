/** Which engine answers: by what the machine has, by choice, by where the weights are; and what becomes of the other. */

import { describe, expect, test } from 'vitest';
import { cpuDevice, cpuEngines, diskFiles, losableDevice, NO_HUB, NODE } from '../../tools/cpuService.ts';
import { UnsupportedError } from '../base/errors.ts';
import { makeTinyCheckpoint } from '../weights/testing.ts';
import type { AdapterInfo, EngineId, EngineStatus } from './api.ts';
import type { OpenDevice } from './device.ts';
import { Engines, type EnginesOptions } from './engines.ts';
import { REGISTRY } from './registry.ts';
import { EngineService } from './service.ts';

type Adapter = 'card' | 'software' | 'none';

const adapterOf = (kind: Adapter): EnginesOptions['findAdapter'] => {
  return async (): Promise<AdapterInfo> => {
    if (kind === 'none')
      throw new UnsupportedError('This browser has no WebGPU.', { missing: 'navigator.gpu' });
    return { vendor: 'v', architecture: kind, description: '', isFallback: kind === 'software' };
  };
};

/** Two engines on CPU twins that count how often each was opened; those in `broken` cannot run. */
function twoEngines(adapter: Adapter, broken: readonly EngineId[] = []) {
  const opened: EngineId[] = [];
  const open =
    (id: EngineId): OpenDevice =>
    async () => {
      if (broken.includes(id)) throw new UnsupportedError(`${id} is broken.`, { id });
      opened.push(id);
      return { ...cpuDevice(), description: `${id} twin` };
    };
  return { opened, options: { ...cpuEngines(open('wgsl'), open('ort')), findAdapter: adapterOf(adapter) } };
}

function serviceOn(options: EnginesOptions) {
  const statuses: EngineStatus[] = [];
  const service = new EngineService({
    ...options,
    surroundings: NODE,
    registry: REGISTRY,
    openBundled: (path) => diskFiles(`public/${path}`),
    hub: NO_HUB,
    onStatus: (status) => statuses.push(status),
  });
  return { service, statuses, status: () => statuses.at(-1) as EngineStatus };
}

const files = (seed: number) =>
  [...makeTinyCheckpoint({ form: 'layer', seed })].map(([name, bytes]) => new File([bytes], name));
const placesOf = async (service: EngineService, pair: string) =>
  (await service.pairs()).find(({ id }) => id === pair)?.arms.map(({ engines }) => engines.join('+'));

describe('the route', () => {
  test.each<[Adapter, EngineId[], EngineId, RegExp]>([
    ['card', [], 'wgsl', /graphics card/],
    ['card', ['ort'], 'wgsl', /graphics card/],
    ['card', ['wgsl'], 'ort', /wgsl is broken.*ONNX Runtime computes/],
    ['software', [], 'ort', /in software.*faster/],
    ['software', ['ort'], 'wgsl', /in software.*ort is broken/],
    ['none', [], 'ort', /no WebGPU.*ONNX Runtime computes/],
  ])('adapter %s, broken %j: %s', async (adapter, broken, engine, why) => {
    const { options, opened } = twoEngines(adapter, broken);
    const { service, status } = serviceOn(options);
    await service.start();
    expect(status()).toMatchObject({
      phase: 'ready',
      route: { engine, choice: 'auto', why: expect.stringMatching(why) },
    });
    expect(opened).toEqual([engine]); // the other is not even tried
    expect((await service.run({ tokens: [1], hooks: [] })).engine).toBe(engine);
    expect((await service.analyze('token-stats', { tokens: [1, 2] })).engine).toBe(engine);
    expect(status().engines[engine]).toMatchObject({ state: 'ready', device: `${engine} twin` });
  });

  test.each<[Adapter, EngineId[]]>([
    ['none', ['ort']],
    ['card', ['wgsl', 'ort']],
    ['software', ['wgsl', 'ort']],
  ])('adapter %s, broken %j: nothing can run, both reasons are told', async (adapter, broken) => {
    const { service, status } = serviceOn(twoEngines(adapter, broken).options);
    await expect(service.start()).rejects.toMatchObject({
      name: 'UnsupportedError',
      message: expect.stringMatching(/(no WebGPU|wgsl is broken).*ort is broken/),
    });
    expect(status()).toMatchObject({ phase: 'failed', route: null });
  });
});

describe('by name', () => {
  test('a request may ask for either, and gets it on demand', async () => {
    const { options, opened } = twoEngines('software');
    const { service, status } = serviceOn(options);
    await service.start();
    const run = await service.run({ tokens: [1, 2], hooks: ['logits'], arms: ['lnfree'], engine: 'wgsl' });
    expect(run.engine).toBe('wgsl');
    expect(opened).toEqual(['ort', 'wgsl']);
    expect(await placesOf(service, 'demo')).toEqual(['ort', 'ort', 'ort+wgsl']);
    expect(status().phase).toBe('ready');
    expect(status().route?.engine).toBe('ort'); // one request is no choice
    await service.dispose(run);
    await service.unload({ pair: 'demo' });
    expect(await placesOf(service, 'demo')).toEqual(['', '', '']);
  });

  test('one that cannot run says why, and nothing changes', async () => {
    const { service, status } = serviceOn(twoEngines('none').options);
    await service.start();
    const ask = () => service.run({ tokens: [1], hooks: [], engine: 'wgsl' });
    await expect(ask()).rejects.toMatchObject({
      name: 'UnsupportedError',
      message: 'This browser has no WebGPU.',
    });
    expect(status()).toMatchObject({ phase: 'ready', engines: { wgsl: { state: 'unavailable' } } });
    expect((await service.run({ tokens: [1], hooks: [] })).engine).toBe('ort');
  });

  test('a failed engine is tried again when asked again', async () => {
    const broken: EngineId[] = ['ort'];
    const { service, status } = serviceOn(twoEngines('card', broken).options);
    await service.start();
    const ask = () => service.run({ tokens: [1], hooks: [], engine: 'ort', arms: ['original'] });
    await expect(ask()).rejects.toThrow('ort is broken.');
    expect(status().engines.ort).toMatchObject({ state: 'unavailable', note: 'ort is broken.' });
    broken.length = 0;
    expect((await ask()).engine).toBe('ort');
    expect(status().engines.ort.state).toBe('ready');
  });
});

describe('by choice', () => {
  test('setEngine brings the demo there and answers from there, auto gives it back', async () => {
    const { service, status } = serviceOn(twoEngines('software').options);
    await service.start();
    expect(await service.setEngine({ engine: 'wgsl' })).toMatchObject({ engine: 'wgsl', choice: 'wgsl' });
    expect(await placesOf(service, 'demo')).toEqual(['ort+wgsl', 'ort+wgsl', 'ort+wgsl']);
    expect((await service.run({ tokens: [1], hooks: [] })).engine).toBe('wgsl');
    expect((await service.run({ tokens: [1], hooks: [], engine: 'ort' })).engine).toBe('ort');
    await service.setEngine({ engine: 'auto' });
    expect(status().route).toMatchObject({ engine: 'ort', choice: 'auto' });
    expect((await service.run({ tokens: [1], hooks: [] })).engine).toBe('ort');
  });

  test('a choice that cannot run is refused, and the one before stays', async () => {
    const { service, status } = serviceOn(twoEngines('none').options);
    await service.start();
    await expect(service.setEngine({ engine: 'wgsl' })).rejects.toThrow('no WebGPU');
    await expect(service.setEngine({ engine: 'cuda' as never })).rejects.toMatchObject({
      name: 'InputError',
    });
    expect(status()).toMatchObject({ phase: 'ready', route: { engine: 'ort', choice: 'auto' } });
  });

  test('one remembered from another machine gives way at the start, and says so', async () => {
    const { service, status } = serviceOn(twoEngines('none').options);
    await service.start({ engine: 'wgsl' });
    expect(status().route).toMatchObject({
      engine: 'ort',
      choice: 'wgsl',
      why: expect.stringContaining('no WebGPU'),
    });
  });
});

describe('where the weights are', () => {
  test('a pair loaded on one engine is answered there, not read again for the other', async () => {
    const { service } = serviceOn(twoEngines('card').options);
    await service.start();
    await service.add({ id: 'mine', arms: { original: files(1), lnfree: files(2) } });
    await service.load({ pair: 'mine', dtype: 'f32', residency: 'all', engine: 'ort' });
    expect(await placesOf(service, 'mine')).toEqual(['ort', 'ort']);
    expect((await service.run({ pair: 'mine', tokens: [1], hooks: [] })).engine).toBe('ort');
    expect((await service.run({ pair: 'demo', tokens: [1], hooks: [] })).engine).toBe('wgsl');
    // Asked for by name, they come to the other too, kept in the same way, with the same numbers.
    const logits = async (engine: EngineId) =>
      (await service.run({ pair: 'mine', tokens: [1, 2], hooks: ['logits'], engine })).arms;
    expect(await logits('wgsl')).toEqual(await logits('ort'));
    expect(await placesOf(service, 'mine')).toEqual(['ort+wgsl', 'ort+wgsl']);
  });

  test('kept in another way, the weights on every engine are replaced', async () => {
    const { service } = serviceOn(twoEngines('card').options);
    await service.start();
    await service.add({ id: 'mine', arms: { original: files(1) } });
    await service.load({ pair: 'mine', dtype: 'f32', residency: 'all', engine: 'ort' });
    await service.load({ pair: 'mine', dtype: 'f16', residency: 'all', engine: 'wgsl' });
    const [arm] = (await service.pairs()).find(({ id }) => id === 'mine')?.arms ?? [];
    expect(arm).toMatchObject({ engines: ['wgsl'], dtype: 'f16', loaded: true });
  });

  test('one at a time on either engine: as many are there as have their turn', async () => {
    const { service } = serviceOn(twoEngines('card').options);
    await service.start();
    await service.add({ id: 'turns', arms: { original: files(1), lnfree: files(2) } });
    await service.load({ pair: 'turns', dtype: 'f32', residency: 'one-at-a-time', engine: 'wgsl' });
    const stats = async (engine: EngineId) =>
      (await service.analyze('token-stats', { pair: 'turns', tokens: [1, 2, 3], engine })).between;
    expect(await stats('ort')).toEqual(await stats('wgsl'));
  });

  test('verify frees what it brought to an engine, the demo excepted', async () => {
    const { service } = serviceOn(twoEngines('card').options);
    await service.start();
    await service.add({ id: 'mine', arms: { original: files(1) } });
    await service.load({ pair: 'mine', dtype: 'f32', residency: 'all' });
    const verified = await service.analyze('verify', { pair: 'mine', tokens: [1, 2, 3] });
    expect(verified.engines.map(({ engine }) => engine)).toEqual(['wgsl', 'ort', 'cpu']);
    expect(verified.firstDivergence).toBeNull();
    expect(await placesOf(service, 'mine')).toEqual(['wgsl']);
    await service.analyze('verify', { pair: 'demo', tokens: [1], arms: ['original'] });
    expect(await placesOf(service, 'demo')).toEqual(['wgsl+ort', 'wgsl', 'wgsl']);
  });

  test('a lost graphics device leaves what ONNX Runtime has', async () => {
    const graphics = losableDevice();
    const { service, status } = serviceOn(cpuEngines(graphics.open, async () => cpuDevice()));
    await service.start();
    await service.run({ tokens: [1], hooks: ['logits'], engine: 'ort' });
    graphics.lose();
    expect((await service.run({ tokens: [1], hooks: ['logits'], engine: 'ort' })).engine).toBe('ort');
    expect(status().recoveries).toBe(0);
    await service.run({ tokens: [1], hooks: ['logits'], engine: 'wgsl' });
    expect(status().recoveries).toBe(1);
    expect(await placesOf(service, 'demo')).toEqual(['ort+wgsl', 'ort+wgsl', 'ort+wgsl']);
  });
});

test('opening twice gives one device; closing it, a new one', async () => {
  const { options, opened } = twoEngines('card');
  const engines = new Engines(options);
  await engines.look();
  const device = await engines.open('wgsl');
  expect(await engines.open('wgsl')).toBe(device);
  engines.close('wgsl');
  expect(await engines.open('wgsl')).not.toBe(device);
  expect(opened).toEqual(['wgsl', 'wgsl']);
});
