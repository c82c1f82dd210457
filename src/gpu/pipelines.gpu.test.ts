import { expect, test, vi } from 'vitest';
import { DeviceError } from '../base/errors.ts';
import { backwardKernels } from './backward.suite.ts';
import { f32, u32 } from './compare.suite.ts';
import { gpuWith, rejection } from './device.suite.ts';
import { editKernels } from './edits.suite.ts';
import { FAMILIES } from './families/index.ts';
import { Faults } from './faults.ts';
import type { Kernel } from './kernel.ts';
import { freezeScale } from './kernels/freezeScale.ts';
import { kernelsFor } from './kernels/index.ts';
import { linearKernel } from './kernels/linear.ts';
import { linearRowsKernel, ODD_ROWS } from './kernels/linearRows.ts';
import { linearTKernel } from './kernels/linearT.ts';
import { linearTilesKernel, ODD_TILE } from './kernels/linearTiles.ts';
import { scaledLogitStats } from './kernels/scaledLogitStats.ts';
import { scaledLogitStatsMerge } from './kernels/scaledLogitStatsMerge.ts';
import { Pipelines } from './pipelines.ts';
import { rowKernels } from './rows.suite.ts';
import { createWebGpuBackend } from './webgpuBackend.ts';

const shaders = import.meta.glob<string>('../../shaders/**/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});

const STORAGES = ['f32', 'f16', 'q8'] as const;

const UPDATES = { directions: 12, each: true, prefixes: true, biased: true, start: 0 };

/** Heads of 32 read four numbers at once, heads of 5 one by one. */
const allKernels = [
  ...new Set([
    ...STORAGES.flatMap((dtype) => [
      ...kernelsFor(dtype, { dHead: 32 }, Object.values(FAMILIES)),
      ...[linearKernel, linearTKernel].map((kernel) => kernel[dtype]),
    ]),
    ...kernelsFor('f32', { dHead: 5 }, Object.values(FAMILIES)),
    ...[linearTilesKernel(ODD_TILE, false, true), linearRowsKernel(ODD_ROWS, false, true, 'alone')].map(
      ({ f32 }) => f32,
    ),
    // Compiled at their first use: few prompts ask for them.
    freezeScale(1, 1).kernel,
    ...editKernels,
    ...rowKernels,
    ...backwardKernels,
    scaledLogitStats(1, 8, 1, UPDATES, 0).kernel,
    scaledLogitStats(1, 8, 1, { ...UPDATES, prefixes: false }, 0).kernel,
    scaledLogitStatsMerge(1, 8, 1, UPDATES).kernel,
  ]),
];

async function plainDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  return await (adapter as GPUAdapter).requestDevice();
}

/** Kernels that use a feature say so in their first lines; these are looked at where the adapter has it. */
const usesSubgroups = ({ wgsl }: Kernel) => wgsl.includes('enable subgroups;');

test('every kernel compiles without a word from the compiler, on a device with default limits', async () => {
  const device = await plainDevice();
  for (const { name, wgsl } of allKernels.filter((kernel) => !usesSubgroups(kernel))) {
    const info = await device.createShaderModule({ code: wgsl }).getCompilationInfo();
    expect(info.messages.map(({ message }) => `${name}: ${message}`)).toEqual([]);
  }
  const registers = kernelsFor('f32', { dHead: 5 }, [FAMILIES.registers]); // the other families' are used by their own tests
  await new Pipelines(device, new Faults(device)).warm(registers);
  device.destroy();
});

test('kernels with subgroups compile without a word where the adapter has them', async ({ skip }) => {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter?.features.has('subgroups')) skip('no subgroups');
  const device = (await adapter?.requestDevice({ requiredFeatures: ['subgroups'] })) as GPUDevice;
  const kernels = allKernels.filter(usesSubgroups);
  expect(kernels.length).toBeGreaterThan(0);
  for (const { name, wgsl } of kernels) {
    const info = await device.createShaderModule({ code: wgsl }).getCompilationInfo();
    expect(info.messages.map(({ message }) => `${name}: ${message}`)).toEqual([]);
  }
  device.destroy();
});

test('every .wgsl is a kernel, part of one, or the probe', () => {
  for (const [path, text] of Object.entries(shaders)) {
    if (path.endsWith('/probe.wgsl')) continue;
    expect(
      allKernels.some(({ wgsl }) => wgsl.includes(text.slice(0, text.indexOf('\n')))),
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
  const error = await rejection(new Pipelines(device, new Faults(device)).compile(broken));
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.message).toContain('the kernel broken');
  expect(error.message).toMatch(/error 2:\d+ /);
  device.destroy();
});

/** A backend on a device that is given nonsense in place of the kernel `gelu`. */
function withoutGelu() {
  return createWebGpuBackend({
    gpu: gpuWith((device) => {
      const create = device.createShaderModule.bind(device);
      device.createShaderModule = (descriptor) =>
        create(descriptor.label === 'gelu' ? { ...descriptor, code: 'fn main() { nonsense }' } : descriptor);
    }),
  });
}

test('a refused kernel is told when it is prepared, or else where results that took it are read', async () => {
  const backend = await withoutGelu();
  const prepared = await rejection(backend.prepare('f32', { dHead: 4 }));
  expect(prepared).toBeInstanceOf(DeviceError);
  expect(prepared.data?.kernel).toBe('gelu');
  const ops = backend.arena('refused');
  const read = await rejection(ops.read([ops.gelu(ops.upload(f32([4], Math.sin), 'x'))]));
  expect(read).toBeInstanceOf(DeviceError);
  expect(read.data?.kernel).toBe('gelu');
  backend.destroy();
});

test('a kernel asked for twice, even at once, is compiled once, and so is one not compiled ahead', async () => {
  const device = await plainDevice();
  const compile = vi.spyOn(device, 'createComputePipelineAsync');
  const pipelines = new Pipelines(device, new Faults(device));
  const kernel = allKernels.find(({ name }) => name === 'add') as Kernel;
  await Promise.all([pipelines.compile(kernel), pipelines.compile({ ...kernel })]);
  await pipelines.compile(kernel);
  expect(compile).toHaveBeenCalledTimes(1);
  expect(pipelines.get(kernel).pipeline.label).toBe('add');
  const now = vi.spyOn(device, 'createComputePipeline');
  const other = allKernels.find(({ name }) => name === 'gelu') as Kernel;
  expect(pipelines.get(other)).toBe(pipelines.get(other));
  expect(now).toHaveBeenCalledTimes(1);
  device.destroy();
});

test('progress is told, and nothing is compiled after preparing, whatever the shapes', async () => {
  const steps: [number, number][] = [];
  const devices: GPUDevice[] = [];
  const gpu = gpuWith((device) => devices.push(device));
  const backend = await createWebGpuBackend({ gpu });
  await backend.prepare('f32', { dHead: 4 }, (done, total) => steps.push([done, total]));
  const counted = (total: number) => Array.from({ length: total + 1 }, (_, done) => [done, total]);
  expect(steps).toEqual(counted(kernelsFor('f32', { dHead: 4 }, [FAMILIES.registers]).length));
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
    await ops.read([ops.linearT(ops.mix(pattern, x), W), ops.attention(x, x, x, 2)]);
  }
  for (const spy of later) expect(spy).not.toHaveBeenCalled();
  backend.destroy();
});

test('what another storage takes is compiled when it is asked for, once', async () => {
  const devices: GPUDevice[] = [];
  const backend = await createWebGpuBackend({ gpu: gpuWith((device) => devices.push(device)) });
  await backend.prepare('f32', { dHead: 4 });
  const compile = vi.spyOn(devices[0] as GPUDevice, 'createComputePipelineAsync');
  const known = new Set(kernelsFor('f32', { dHead: 4 }, [FAMILIES.registers]));
  const added = kernelsFor('q8', { dHead: 4 }, [FAMILIES.registers]).filter(
    (kernel) => !known.has(kernel),
  ).length;
  await Promise.all([backend.prepare('q8', { dHead: 4 }), backend.prepare('q8', { dHead: 4 })]); // at once
  expect(compile).toHaveBeenCalledTimes(added);
  await backend.prepare('q8', { dHead: 4 });
  expect(compile).toHaveBeenCalledTimes(added);
  backend.destroy();
});
