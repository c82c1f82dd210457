/** The limits of row 14 on a model as small as the demo, so that every run of the tests holds them: speed is not tested, what it comes from is. */

import { beforeAll, describe, expect, test } from 'vitest';
import { must } from '../src/base/assert.ts';
import { createWebGpuBackend, type WebGpuBackend } from '../src/gpu/webgpuBackend.ts';
import { countBuffers, type Made } from './page/countBuffers.ts';
import { type SteadyFigures, steadyFigures } from './page/ledger.ts';
import { randomModel } from './page/weights.ts';
import { LIMITS } from './targets.ts';

const T = 16;

/** A backend, its device and the count of the buffers there. */
async function countedBackend(): Promise<{ backend: WebGpuBackend; device: GPUDevice; made: Made }> {
  const opened: { device: GPUDevice; made: Made }[] = [];
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await navigator.gpu.requestAdapter(options);
    if (!adapter) return null;
    const requestDevice = async (descriptor?: GPUDeviceDescriptor) => {
      const device = await adapter.requestDevice(descriptor);
      opened.push({ device, made: countBuffers(device) });
      return device;
    };
    return { info: adapter.info, limits: adapter.limits, features: adapter.features, requestDevice };
  };
  const backend = await createWebGpuBackend({ gpu: { requestAdapter } as unknown as GPU });
  return { backend, ...must(opened[0], 'the backend asked for no device') };
}

describe('a steady run', () => {
  const random = randomModel('demo');
  let figures: SteadyFigures;

  beforeAll(async () => {
    const { backend, device, made } = await countedBackend();
    figures = await steadyFigures(
      backend,
      random,
      T,
      () => made.buffers,
      () => device.queue.onSubmittedWorkDone(),
    );
    backend.destroy();
  });

  test('takes few dispatches, in one submit', () => {
    expect(figures.dispatches).toBeGreaterThan(random.config.nLayers);
    expect(figures.dispatches).toBeLessThanOrEqual(LIMITS.dispatchesPerForward(random.config.nLayers));
    expect(figures.submits).toBe(LIMITS.submitsPerForward);
  });

  test('makes no buffers and no bind groups', () => {
    expect(figures.buffersMade).toBe(LIMITS.allocationsPerSteadyRun);
    expect(figures.bindGroupsMade).toBe(LIMITS.bindGroupsPerSteadyRun);
  });

  test('is looked at by reading little back', () => {
    expect(figures.readbackBytes).toBeGreaterThan(0);
    expect(figures.readbackBytes).toBeLessThanOrEqual(LIMITS.readbackBytesPerInteraction);
  });
});
