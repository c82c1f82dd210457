import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeviceError } from '../base/errors.ts';
import { lastAxis } from '../base/shapes.ts';
import { groupsOf } from '../tensor/hostRows.ts';
import {
  type ModelConfig,
  paramShapes,
  type StorageDType,
  storageBytes,
  storageOf,
} from '../tensor/params.ts';
import type { HostTensor } from '../tensor/tensor.ts';
import { type Body, compare, f32, randoms, storages, u32 } from './compare.suite.ts';
import { gpuWith, refuseBuffers, rejection } from './device.suite.ts';
import { createWebGpuBackend, type WebGpuBackend } from './webgpuBackend.ts';

const STORAGES = ['f32', 'f16', 'q8'] as const;
// Sums over parts are rounded once more per part than the oracle's; see ops.gpu.test.ts for the rest.
const SUM = 1e-5;
const COPY = { f32: 0, f16: 0, q8: 1.2e-7 }; // value/127 may be rounded otherwise in the last place

const GPT2_MEDIUM: ModelConfig = {
  nLayers: 24,
  nHeads: 16,
  dModel: 1024,
  dHead: 64,
  dMlp: 4096,
  nCtx: 1024,
  dVocab: 50257,
  norm: { kind: 'layer', eps: 1e-5 },
  bosTokenId: 50256,
  tiedEmbedding: true,
};
/** Widths are no multiple of 4, nor of a group of 64. */
const SMALL: ModelConfig = {
  ...GPT2_MEDIUM,
  nLayers: 2,
  nHeads: 3,
  dModel: 69,
  dHead: 23,
  dMlp: 131,
  dVocab: 41,
  nCtx: 7,
};

function allocateAll(backend: WebGpuBackend, config: ModelConfig, dtype: StorageDType) {
  const shapes = [...paramShapes(config)];
  const stored = shapes.map(([, shape]) => storageBytes(shape, storageOf(shape, dtype)));
  return {
    tensors: shapes.map(([name, shape]) => backend.allocate(shape, storageOf(shape, dtype), name)),
    bytes: stored.reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** Rows first … first + count − 1 of host values. */
function rowsOf(host: HostTensor, first: number, count: number): HostTensor {
  const width = lastAxis(host.shape);
  const shape = [count, width];
  const data = host.data.slice(first * width, (first + count) * width);
  if (host.dtype !== 'q8') return { ...host, shape, data } as HostTensor;
  const groups = groupsOf(width);
  const scales = host.scales.slice(first * groups, (first + count) * groups);
  return { dtype: 'q8', shape, data: data as Int8Array, scales };
}

describe('a matrix beyond the binding limit', () => {
  // 9 to 13 rows of 65 in f32, 17 to 33 in fewer bits: parts of 8 … 32 rows, of unequal lengths, and heads cut in two.
  const LIMIT = 2400;
  let backend: WebGpuBackend;
  beforeAll(async () => {
    backend = await createWebGpuBackend({ bindingBytes: LIMIT });
  });
  afterAll(() => backend?.destroy());
  const check = (name: string, tolerance: number, body: Body) => compare(backend, name, tolerance, body);

  test.each(STORAGES)('is embedded, multiplied and read back as one: %s', async (storage) => {
    const r = randoms(31);
    // 33 rows end in a part of one row, 34 in one of two; 7 columns fit in one part in some storages.
    for (const [n, d] of [
      [33, 65],
      [34, 64],
      [41, 67],
      [97, 7],
      [4, 130],
    ] as const) {
      const W = storages[storage]([n, d], r);
      const ids = u32([3, 17], () => Math.floor(((r() + 1) / 2) * n));
      await check(`rows of ${n}×${d}`, COPY[storage], (ops, up, parameter) => {
        const table = parameter(W);
        return [ops.embed(table, up(ids)), ops.posEmbed(table, 2, n), ops.posEmbed(table, 1, 1), table];
      });
      const [x, y, b] = [f32([3, 5, n], r), f32([9, d], r), f32([d], r)];
      await check(`products with ${n}×${d}`, SUM, (ops, up, parameter) => {
        const w = parameter(W);
        return [
          ops.linear(up(x), w, up(b)),
          ops.linear(up(x), w, null),
          ops.linear(up(x), w, up(b), [2, d - 3]),
          ops.linearT(up(y), w),
        ];
      });
    }
  });

  test.each(STORAGES)('gives what every head writes, wherever heads are cut: %s', async (storage) => {
    const r = randoms(32);
    for (const [heads, dHead] of [
      [3, 13],
      [13, 3],
      [1, 40],
    ] as const) {
      const [z, W_O] = [f32([2, 3, heads * dHead], r), storages[storage]([heads * dHead, 66], r)];
      await check(`${heads} heads of ${dHead}`, SUM, (ops, up, parameter) => [
        ops.headResults(up(z), parameter(W_O), heads),
      ]);
    }
  });

  test.each(STORAGES)(
    'takes its rows in any pieces, across the borders of its parts: %s',
    async (storage) => {
      const host = storages[storage]([41, 67], randoms(33));
      const ops = backend.arena('pieces');
      const whole = backend.upload(host, 'whole');
      const pieced = backend.allocate([41, 67], storage, 'pieced');
      for (const [first, count] of [
        [40, 1],
        [4, 24],
        [0, 4],
        [28, 12],
      ] as const) {
        backend.write(pieced, first, rowsOf(host, first, count));
      }
      const [expected, actual] = await ops.read([whole, pieced]);
      expect(actual).toEqual(expected);
      expect(() => backend.write(pieced, 2, rowsOf(host, 2, 4))).toThrow('cannot be written');
      expect(() => backend.write(pieced, 0, rowsOf(host, 0, 6))).toThrow('end neither at');
      ops.dispose();
      backend.free([whole, pieced]);
    },
  );

  test('lies in buffers within the limit, labelled with their rows, that add up to what it takes', async () => {
    const labels: (string | undefined)[] = [];
    const made: number[] = [];
    const gpu = gpuWith((device) => {
      const create = device.createBuffer.bind(device);
      device.createBuffer = (descriptor) => {
        if (descriptor.label?.startsWith('W_E')) {
          labels.push(descriptor.label);
          made.push(descriptor.size);
        }
        return create(descriptor);
      };
    });
    const watched = await createWebGpuBackend({ bindingBytes: LIMIT, gpu });
    watched.allocate([21, 65], 'f32', 'W_E');
    expect(labels).toEqual(['W_E[0…8)', 'W_E[8…16)', 'W_E[16…21)']);
    expect(made).toEqual([8 * 65 * 4, 8 * 65 * 4, 5 * 65 * 4]);
    watched.allocate([4, 130], 'f32', 'W_E small');
    expect(labels.at(-1)).toBe('W_E small');
    expect(watched.limits.bindingBytes).toBe(LIMIT);
    watched.destroy();
  });

  test('is refused only where four of its rows are beyond the limit, with the numbers', () => {
    backend.free([backend.allocate([400, 150], 'f32', 'just')]);
    const { gpuBytes } = backend.counters;
    let error: unknown;
    try {
      backend.allocate([400, 151], 'f32', 'W_in');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(DeviceError);
    expect((error as Error).message).toContain('W_in needs 2416 bytes for 4 of its rows');
    expect((error as DeviceError).data).toEqual({ label: 'W_in', bytes: 2416, allowed: LIMIT });
    expect(backend.counters.gpuBytes).toBe(gpuBytes);
  });
});

describe('memory', () => {
  test('a parameter takes what storageBytes says, whole or in parts, and gives all of it back', async () => {
    for (const bindingBytes of [Infinity, 4000]) {
      const backend = await createWebGpuBackend({ bindingBytes });
      for (const dtype of STORAGES) {
        const { gpuBytes } = backend.counters;
        const { tensors, bytes } = allocateAll(backend, SMALL, dtype);
        expect(backend.counters.gpuBytes - gpuBytes, `${dtype}, parts of ${bindingBytes}`).toBe(bytes);
        await backend.settled(tensors);
        backend.free(tensors);
        expect(backend.counters.gpuBytes).toBe(gpuBytes);
      }
      backend.destroy();
    }
  });

  test('GPT-2 medium in 16 bits takes 710 MB, to the byte', async () => {
    const backend = await createWebGpuBackend();
    const { gpuBytes } = backend.counters;
    const { tensors, bytes } = allocateAll(backend, GPT2_MEDIUM, 'f16');
    await backend.settled(tensors);
    expect(backend.counters.gpuBytes - gpuBytes).toBe(bytes);
    expect(bytes / 1e6).toBeCloseTo(710.3, 0);
    backend.free(tensors);
    backend.destroy();
  });

  test('room is found out by asking; a refusal leaves the device at work and the memory where it was', async () => {
    let free = Infinity;
    const sizes: number[] = [];
    const refuse = (device: GPUDevice) =>
      refuseBuffers(device, ({ size, label }) => {
        if (label !== 'room') return false;
        sizes.push(size);
        free -= size;
        return free < 0;
      });
    const gpu = gpuWith(refuse, { isFallbackAdapter: false });
    const backend = await createWebGpuBackend({ gpu });
    const { gpuBytes } = backend.counters;
    expect(await backend.hasRoom(1001)).toBe(true);
    expect(sizes).toEqual([1004]);
    free = 300e6;
    expect(await backend.hasRoom(290e6)).toBe(true);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(backend.limits.bufferBytes);
    free = 300e6;
    expect(await backend.hasRoom(310e6)).toBe(false);
    expect(await backend.hasRoom(0)).toBe(true);
    expect(backend.counters.gpuBytes).toBe(gpuBytes);
    await stillWorks(backend);
    backend.destroy();
  });

  test('an adapter in software is not asked: it has room for half of the memory that the browser speaks of', async () => {
    const asked: string[] = [];
    const watch = (device: GPUDevice) =>
      refuseBuffers(device, ({ label }) => {
        if (label === 'room') asked.push(label);
        return false;
      });
    const gpu = gpuWith(watch, { isFallbackAdapter: true });
    const backend = await createWebGpuBackend({ gpu });
    const { deviceMemory = 4 } = navigator as Navigator & { deviceMemory?: number };
    const half = (deviceMemory * 2 ** 30) / 2;
    expect(await backend.hasRoom(half - backend.counters.gpuBytes)).toBe(true);
    expect(await backend.hasRoom(half - backend.counters.gpuBytes + 1)).toBe(false);
    expect(asked).toEqual([]);
    backend.destroy();
  });

  test('room asked of a lost device is a loss, not a no', async () => {
    let device: GPUDevice | undefined;
    const gpu = gpuWith((opened) => {
      device = opened;
    });
    const backend = await createWebGpuBackend({ gpu });
    device?.destroy();
    await backend.lost;
    expect((await rejection(backend.hasRoom(1e6))).data?.lost).toBe(true);
  });

  test('a parameter that finds no memory is named, what was there is given back, and the device goes on', async () => {
    const gpu = gpuWith((device) => refuseBuffers(device, ({ label }) => label === 'W_E[8…16)'));
    const backend = await createWebGpuBackend({ bindingBytes: 2400, gpu });
    const { gpuBytes } = backend.counters;
    const host = f32([21, 65], randoms(34));
    const [b, W] = [backend.upload(f32([65], randoms(35)), 'b'), backend.upload(host, 'W_E')];
    const error = await rejection(backend.settled([b, W]));
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.message).toContain('no memory left for W_E[8…16) (2080 bytes');
    await backend.settled([b]);
    backend.write(W, 8, rowsOf(host, 8, 4)); // a write still on its way is no further fault
    backend.free([b, W]);
    expect(backend.counters.gpuBytes).toBe(gpuBytes);
    await stillWorks(backend);
    backend.destroy();
  });
});

async function stillWorks(backend: WebGpuBackend): Promise<void> {
  const ops = backend.arena('still at work');
  const x = ops.upload(
    f32([5], () => 2),
    'x',
  );
  const [twice] = await ops.read([ops.add(x, x)]);
  expect([...twice]).toEqual([4, 4, 4, 4, 4]);
  ops.dispose();
  await backend.settled([]);
}
