import { expect, test, vi } from 'vitest';
import { DeviceError, UnsupportedError } from '../base/errors.ts';
import { compare, f32, u32 } from './compare.suite.ts';
import { backendWithDevice, gpuWith, refuseBuffers, rejection } from './device.suite.ts';
import { openDevice } from './device.ts';
import { createWebGpuBackend } from './webgpuBackend.ts';

test('a browser without WebGPU, or without an adapter, is told what to do', async () => {
  const none = await rejection(openDevice(null));
  expect(none).toBeInstanceOf(UnsupportedError);
  expect(none.message).toContain('Use a current Chrome');
  const noAdapter = await rejection(openDevice({ requestAdapter: async () => null } as unknown as GPU));
  expect(noAdapter).toBeInstanceOf(UnsupportedError);
  expect(noAdapter.message).toContain('hardware acceleration');
});

test('an adapter that gives no device is unsupported, with its own words', async () => {
  const adapter = {
    info: {},
    limits: {},
    requestDevice: () => Promise.reject(new Error('GPU process is gone')),
  };
  const error = await rejection(openDevice({ requestAdapter: async () => adapter } as unknown as GPU));
  expect(error).toBeInstanceOf(UnsupportedError);
  expect(error.message).toContain('GPU process is gone');
});

test('a device that computes wrongly is not taken for a working one', async () => {
  const gpu = gpuWith((device) => {
    const create = device.createShaderModule.bind(device);
    device.createShaderModule = (descriptor) =>
      create({ ...descriptor, code: descriptor.code.replace('3.0 *', '2.0 *') });
  });
  const error = await rejection(openDevice(gpu));
  expect(error).toBeInstanceOf(UnsupportedError);
  expect(error.message).toContain('3·-50 + 1 came back as -99');
});

test('a device lost before the probe answers is unsupported', async () => {
  const error = await rejection(openDevice(gpuWith((device) => device.destroy())));
  expect(error).toBeInstanceOf(UnsupportedError);
  expect(error.message).toContain('does not compute');
});

test('the adapter says who it is', async () => {
  const { device, adapter } = await openDevice();
  expect(adapter.vendor.length + adapter.architecture.length + adapter.description.length).toBeGreaterThan(0);
  expect(typeof adapter.isFallback).toBe('boolean');
  device.destroy();
});

test('a device lost in the middle of a run rejects the read, and everything after it, as lost', async () => {
  const { backend, device } = await backendWithDevice();
  const ops = backend.arena('run');
  const x = ops.upload(f32([64, 64], Math.sin), 'x');
  const reading = rejection(ops.read([ops.linear(x, x, null)]));
  device.destroy();
  const error = await reading;
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.data?.lost).toBe(true);
  expect((await backend.lost).reason).toBe('destroyed');

  expect(() => ops.add(x, x)).toThrow(DeviceError);
  expect(() =>
    backend.upload(
      f32([1], () => 0),
      'W',
    ),
  ).toThrow('lost');
  expect((await rejection(ops.read([x]))).data?.lost).toBe(true);
  expect((await rejection(backend.settled([]))).data?.lost).toBe(true);
  ops.dispose(); // must not throw: it is what a failing run does last
});

test('what is too large for the device is refused with its label and the numbers, and the rest goes on', async () => {
  const { backend, device } = await backendWithDevice();
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  const allowed = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  const ops = backend.arena('limits');
  const rows = 2 ** 15;
  const d = Math.floor(allowed / 4 / rows) + 1;
  const table = ops.upload(
    f32([1, d], () => 1),
    'table',
  );
  const ids = ops.upload(
    u32([rows], () => 0),
    'ids',
  );
  let error: unknown;
  try {
    ops.embed(table, ids, 'blocks.0.hook_resid_pre');
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(DeviceError);
  expect((error as Error).message).toMatch(
    /^blocks\.0\.hook_resid_pre needs \d.* MB in one buffer, but this device allows/,
  );
  expect((error as DeviceError).data).toEqual({
    label: 'blocks.0.hook_resid_pre',
    bytes: rows * d * 4,
    allowed,
  });
  expect((await ops.read([ops.add(table, table)]))[0]?.[0]).toBe(2);
  backend.destroy();
});

test('no memory left is a DeviceError of the run that asked, and other runs go on', async () => {
  const { backend, device } = await backendWithDevice();
  refuseBuffers(device, ({ label }) => label === 'big');
  const [ops, other] = [backend.arena('big run'), backend.arena('other')];
  const x = ops.upload(f32([500_000], Math.sin), 'x'); // more than the backend has used so far
  const error = await rejection(ops.read([ops.add(x, x, 'big')]));
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.message).toContain('no memory left for big (2.00 MB');
  ops.dispose();
  const y = other.upload(
    f32([500_000], () => 2),
    'y',
  );
  expect((await other.read([other.add(y, y)]))[0]?.[0]).toBe(4);

  const W = backend.upload(
    f32([10], () => 1),
    'big',
  );
  expect((await rejection(backend.settled([W]))).message).toContain('no memory left for big');
  const { gpuBytes } = backend.counters;
  backend.free([W]);
  expect(gpuBytes - backend.counters.gpuBytes).toBe(40);
  backend.destroy();
});

test('an error that nothing else caught makes the next read fail with it', async () => {
  const { backend, device } = await backendWithDevice();
  const ops = backend.arena('run');
  const x = ops.upload(
    f32([4], () => 1),
    'x',
  );
  await ops.read([x]);
  device.createBuffer({ label: 'a bug', size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
  await device.queue.onSubmittedWorkDone(); // the error is told before this resolves
  const error = await rejection(ops.read([x]));
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.message).toContain('a bug');
  expect(error.data?.lost).toBe(false);
  backend.destroy();
});

test('work that the device refuses is a DeviceError, not wrong numbers', async () => {
  const { backend, device } = await backendWithDevice();
  const ops = backend.arena('run');
  const x = ops.upload(
    f32([4], () => 1),
    'x',
  );
  const bind = vi.spyOn(device, 'createBindGroup').mockImplementationOnce(({ layout }) => {
    bind.mockRestore();
    return device.createBindGroup({ layout, entries: [] });
  });
  const error = await rejection(ops.read([ops.add(x, x)]));
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.message).toContain('refused the work');
  backend.destroy();
});

test('kernels are measured where that is asked for, those that compute wrongly are passed over, and what was chosen computes', async () => {
  const gpu = gpuWith((device) => {
    const create = device.createShaderModule.bind(device);
    device.createShaderModule = (descriptor) =>
      create(
        descriptor.label?.startsWith('linearRows')
          ? { ...descriptor, code: descriptor.code.replaceAll('y0 += w', 'y0 -= w') }
          : descriptor,
      );
  });
  const backend = await createWebGpuBackend({ gpu, family: 'measured' });
  const { by, families, passedOver } = backend.choice;
  expect(by).toBe('measured');
  expect(families.few).toBe('registers');
  expect(passedOver.map(({ family, rows }) => `${family} ${rows}`)).toEqual(['subgroups 1', 'rows 1']);
  expect(passedOver[1]?.reason).toContain('of a product, not');
  const x = f32([1, 4], (i) => i);
  await compare(backend, 'measured', 1e-6, (ops, up) => [
    ops.linear(up(x), up(f32([4, 3], (i) => i / 4)), null),
  ]);
  backend.destroy();
});
