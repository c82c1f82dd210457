import { expect, test, vi } from 'vitest';
import { DeviceError } from '../base/errors.ts';
import { f32, u32 } from './compare.suite.ts';
import { gpuWith, rejection } from './device.suite.ts';
import type { Kernel } from './kernel.ts';
import { geluKernel } from './kernels/gelu.ts';
import { allKernels, parameterKernels, startKernels } from './kernels/index.ts';
import { linearKernel } from './kernels/linear.ts';
import { Pipelines } from './pipelines.ts';
import { createWebGpuBackend } from './webgpuBackend.ts';

const shaders = import.meta.glob<string>('../../shaders/**/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** All that a backend itself needs. */
const START = [linearKernel.f32];

async function plainDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  return await (adapter as GPUAdapter).requestDevice();
}

test('every kernel compiles without a word from the compiler, on a device with default limits', async () => {
  const device = await plainDevice();
  for (const { name, wgsl } of allKernels) {
    const info = await device.createShaderModule({ code: wgsl }).getCompilationInfo();
    expect(info.messages.map(({ message }) => `${name}: ${message}`)).toEqual([]);
  }
  await new Pipelines(device).warm(allKernels);
  device.destroy();
});

test('every .wgsl is a kernel, part of one, or the probe', () => {
  for (const [path, text] of Object.entries(shaders)) {
    if (path.endsWith('/probe.wgsl')) continue;
    expect(
      allKernels.some(({ wgsl }) => wgsl.includes(text)),
      path,
    ).toBe(true);
  }
});

test('a refused kernel says where the compiler stopped', async () => {
  const device = await plainDevice();
  const broken: Kernel = {
    name: 'broken',
    wgsl: 'fn main() {\n  let x = ;\n}',
    bindings: ['read'],
    constants: {},
  };
  const error = await rejection(new Pipelines(device).compile(broken));
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.message).toContain('the kernel broken');
  expect(error.message).toMatch(/error 2:\d+ /);
  device.destroy();
});

test('a backend one of whose kernels is refused says so and gives its device up', async () => {
  const devices: GPUDevice[] = [];
  const gpu = gpuWith((device) => {
    devices.push(device);
    const create = device.createShaderModule.bind(device);
    device.createShaderModule = (descriptor) =>
      create(descriptor.label === 'gelu' ? { ...descriptor, code: 'fn main() { nonsense }' } : descriptor);
  });
  const error = await rejection(createWebGpuBackend({ gpu, kernels: [geluKernel] }));
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.data?.kernel).toBe('gelu');
  expect((await devices[0]?.lost)?.reason).toBe('destroyed');
});

test('a kernel asked for twice, even at once, is compiled once; one not compiled cannot be used', async () => {
  const device = await plainDevice();
  const compile = vi.spyOn(device, 'createComputePipelineAsync');
  const pipelines = new Pipelines(device);
  const kernel = allKernels.find(({ name }) => name === 'add') as Kernel;
  expect(() => pipelines.get(kernel)).toThrow('add was used before it was compiled');
  await Promise.all([pipelines.compile(kernel), pipelines.compile({ ...kernel })]);
  await pipelines.compile(kernel);
  expect(compile).toHaveBeenCalledTimes(1);
  expect(pipelines.get(kernel).pipeline.label).toBe('add');
  device.destroy();
});

test('progress is told, and nothing is compiled after the start, whatever the shapes', async () => {
  const steps: [number, number][] = [];
  const devices: GPUDevice[] = [];
  const gpu = gpuWith((device) => devices.push(device));
  const backend = await createWebGpuBackend({ gpu, onProgress: (done, total) => steps.push([done, total]) });
  const counted = (total: number) => Array.from({ length: total + 1 }, (_, done) => [done, total]);
  expect(steps).toEqual(counted(startKernels.length));
  const device = devices[0] as GPUDevice;
  const later = [
    vi.spyOn(device, 'createComputePipelineAsync'),
    vi.spyOn(device, 'createComputePipeline'),
    vi.spyOn(device, 'createShaderModule'),
  ];
  const ops = backend.arena('shapes');
  const W = ops.upload(f32([8, 8], Math.sin), 'W');
  for (const pos of [1, 2, 3, 5, 9]) {
    const x = ops.embed(
      W,
      ops.upload(
        u32([1, pos], (i) => i % 8),
        'ids',
      ),
    );
    const pattern = ops.softmax(ops.attentionScores(x, x, 2));
    await ops.read([ops.linearT(ops.mix(pattern, x), W)]);
  }
  for (const spy of later) expect(spy).not.toHaveBeenCalled();
  backend.destroy();
});

test('what another storage takes is compiled when it is asked for, once, and nothing is kept in it before', async () => {
  const devices: GPUDevice[] = [];
  const backend = await createWebGpuBackend({
    gpu: gpuWith((device) => devices.push(device)),
    kernels: START,
  });
  const compile = vi.spyOn(devices[0] as GPUDevice, 'createComputePipelineAsync');
  expect(() => backend.allocate([4, 4], 'q8', 'W')).toThrow("W: prepare('q8') comes first");
  const steps: [number, number][] = [];
  const total = parameterKernels('q8').length;
  await Promise.all([
    backend.prepare('q8', (done, of) => steps.push([done, of])),
    backend.prepare('q8'), // at once
  ]);
  expect(steps.at(-1)).toEqual([total, total]);
  expect(compile).toHaveBeenCalledTimes(total);
  await backend.prepare('q8');
  expect(compile).toHaveBeenCalledTimes(total);
  backend.free([backend.allocate([4, 4], 'q8', 'W')]);
  expect(() => backend.allocate([4, 4], 'f16', 'W')).toThrow("prepare('f16') comes first");
  backend.destroy();
});
