import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tensor } from '../tensor/tensor.ts';
import { f16, f32, randoms, u32 } from './compare.suite.ts';
import { createWebGpuBackend, type WebGpuBackend } from './webgpuBackend.ts';

let backend: WebGpuBackend;
beforeAll(async () => {
  backend = await createWebGpuBackend();
});
afterAll(() => backend?.destroy());

const row = (...values: number[]) => f32([values.length], (i) => values[i] as number);

test('tidy keeps what it returns and what is kept, and releases the rest', async () => {
  const ops = backend.arena('tidy');
  const one = ops.upload(row(1), 'one');
  const made: Tensor[] = [];
  const result = ops.tidy(() => {
    const two = ops.add(one, one, 'two');
    const three = ops.tidy(() => {
      made.push(ops.add(two, two, 'four'));
      const kept = ops.keep(ops.add(two, two, 'kept'));
      made.push(kept);
      return ops.add(two, one, 'three');
    });
    made.push(two);
    return [three, ops.add(three, three, 'six')];
  });
  const [four, kept, two] = made as [Tensor, Tensor, Tensor];
  const [three, six, keptValue] = await ops.read([result[0] as Tensor, result[1] as Tensor, kept]);
  expect([three?.[0], six?.[0], keptValue?.[0]]).toEqual([3, 6, 4]);
  expect(() => ops.add(two, one)).toThrow('two was used after its release');
  expect(() => ops.add(four, one)).toThrow('four was used after its release');
  expect((await ops.read([one]))[0]?.[0]).toBe(1);
  ops.dispose();
});

test('a tidy whose body throws releases what was made', () => {
  const ops = backend.arena('throwing');
  const made: Tensor[] = [];
  const failing = () =>
    ops.tidy(() => {
      made.push(ops.upload(row(1), 'lost'));
      throw new Error('from inside');
    });
  expect(failing).toThrow('from inside');
  expect(() => ops.gelu(made[0] as Tensor)).toThrow('lost was used after its release');
  ops.dispose();
});

test('released memory serves later ops, also of bodies run a hundred times', async () => {
  const ops = backend.arena('reuse');
  const x = ops.upload(f32([1000], randoms(1)), 'x');
  const step = () => ops.tidy(() => [ops.gelu(ops.add(ops.add(x, x), x))].slice(1));
  step();
  const before = backend.counters.gpuBytes;
  for (let i = 0; i < 100; i++) step();
  expect(backend.counters.gpuBytes).toBe(before);
  await ops.read([x]);
  ops.dispose();
});

test('a steady workload allocates nothing after its first run, and dispose gives everything back', async () => {
  const W = backend.upload(f16([64, 65], randoms(2)), 'W');
  const held = () => backend.counters.gpuBytes - backend.freeBytes;
  const heldBefore = held();
  const run = async () => {
    const ops = backend.arena('run');
    const x = ops.upload(f32([7, 64], randoms(3)), 'x');
    const y = ops.linear(x, W, null);
    const top = ops.topK(y, 3);
    await ops.read([y, ops.logSumExp(y), top.values]);
    await ops.readIds(top.ids);
    ops.dispose();
    expect(() => ops.gelu(x)).toThrow();
  };
  await run();
  const after = backend.counters.gpuBytes;
  for (let i = 0; i < 5; i++) await run();
  expect(backend.counters.gpuBytes).toBe(after);
  expect(held()).toBe(heldBefore);
  const { gpuBytes } = backend.counters;
  backend.free([W]);
  expect(gpuBytes - backend.counters.gpuBytes).toBe(64 * 65 * 2);
});

test('an upload never overwrites what recorded work has yet to read', async () => {
  const ops = backend.arena('order');
  const sum = ops.tidy(() => {
    const old = ops.upload(row(1, 2, 3), 'old');
    return ops.add(old, old);
  });
  ops.upload(row(100, 100, 100), 'new'); // of the size of the buffer just released
  expect([...((await ops.read([sum]))[0] ?? [])]).toEqual([2, 4, 6]);
  ops.dispose();
});

test('arenas interleave, read concurrently, and read what another arena made', async () => {
  const [a, b] = [backend.arena('a'), backend.arena('b')];
  const x = a.upload(row(1, 2), 'x');
  const y = b.upload(row(10, 20), 'y');
  const xx = a.add(x, x);
  const yy = b.add(y, y);
  const readingA = a.read([xx]);
  const both = b.add(xx, yy);
  const readingB = b.read([both, yy]);
  const again = a.read([xx, x]);
  a.dispose(); // the copies are already on their way
  const c = backend.arena('c');
  const other = c.add(c.upload(row(7, 7), 'z'), c.upload(row(1, 1), 'w')); // takes the memory of a
  const [[first], [sum, second], [third, fourth], [fifth]] = await Promise.all([
    readingA,
    readingB,
    again,
    c.read([other]),
  ]);
  expect([first, third, fourth].map((data) => [...(data ?? [])])).toEqual([
    [2, 4],
    [2, 4],
    [1, 2],
  ]);
  expect([sum, second].map((data) => [...(data ?? [])])).toEqual([
    [22, 44],
    [20, 40],
  ]);
  expect([...(fifth ?? [])]).toEqual([8, 8]);
  b.dispose();
  c.dispose();
});

test('reads are one submit with the recorded work, and count their bytes', async () => {
  const ops = backend.arena('counters');
  const x = ops.upload(f32([100], randoms(4)), 'x');
  const ids = ops.upload(
    u32([3], (i) => i),
    'ids',
  );
  const before = backend.counters;
  const y = ops.add(ops.add(x, x), x);
  await ops.read([y, x]);
  const { submits, dispatches, readbackBytes } = backend.counters;
  expect(submits - before.submits).toBe(1);
  expect(dispatches - before.dispatches).toBe(2);
  expect(readbackBytes - before.readbackBytes).toBe(800);
  expect([...(await ops.readIds(ids))]).toEqual([0, 1, 2]);
  await expect(ops.read([ids])).rejects.toThrow('ids holds ids, not floats');
  await expect(ops.readIds(x)).rejects.toThrow('x holds floats, not ids');
  expect(await ops.read([])).toEqual([]);
  ops.dispose();
});

test('a border submits once enough work is recorded, and not before', async () => {
  expect(backend.speed).toBeGreaterThan(0);
  expect(backend.workPerSubmit).toBeCloseTo((backend.adapter.isFallback ? 2000 : 100) * backend.speed);
  const ops = backend.arena('border');
  const [x, W] = [ops.upload(f32([1, 64], randoms(5)), 'x'), ops.upload(f32([64, 64], randoms(6)), 'W')];
  const usual = backend.workPerSubmit;
  backend.workPerSubmit = 3 * 64 * 64;
  const { submits } = backend.counters;
  let y = x;
  for (let layer = 0; layer < 8; layer++) {
    y = ops.linear(y, W, null);
    ops.border();
  }
  expect(backend.counters.submits - submits).toBe(2); // each after the fourth
  backend.workPerSubmit = usual;
  y = ops.linear(y, W, null);
  ops.border();
  expect(backend.counters.submits - submits).toBe(2);
  await ops.read([y]);
  ops.dispose();
});

test('parameters read back as they were given, halves as the floats they are', async () => {
  const next = randoms(7);
  const [full, half] = [f32([5, 3], next), f16([5, 3], next)]; // 15 halves: padded to 16 on the device
  const ops = backend.arena('parameters');
  const [F, H] = [backend.upload(full, 'full'), backend.upload(half, 'half')];
  const [a, b] = await ops.read([F, H]);
  expect([...(a ?? [])]).toEqual([...full.data]);
  expect(b?.length).toBe(15);
  const [viaEmbed] = await ops.read([
    ops.embed(
      H,
      ops.upload(
        u32([5], (i) => i),
        'ids',
      ),
    ),
  ]);
  expect([...(b ?? [])]).toEqual([...(viaEmbed ?? [])]);
  await backend.settled([F, H]);
  ops.dispose();
  backend.free([F, H]);
  expect(() => backend.free([F])).toThrow('full was used after its release');
});

test('parameters freed while recorded work still reads them are freed after it', async () => {
  const ops = backend.arena('free');
  const W = backend.upload(row(1, 2), 'W');
  const y = ops.add(W, W);
  backend.free([W]);
  expect([...((await ops.read([y]))[0] ?? [])]).toEqual([2, 4]);
  ops.dispose();
});
