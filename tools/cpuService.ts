/** The engine in this very thread on the CPU twin, with files read from the disk: for tests and for making the committed result. Node only. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DeviceError, UnsupportedError } from '../src/base/errors.ts';
import type { EngineStatus } from '../src/engine/api.ts';
import type { HubAccess } from '../src/engine/armSource.ts';
import { weightBytes } from '../src/engine/budget.ts';
import type { Device, OpenDevice } from '../src/engine/device.ts';
import type { EnginesOptions } from '../src/engine/engines.ts';
import { REGISTRY } from '../src/engine/registry.ts';
import { EngineService } from '../src/engine/service.ts';
import type { Surroundings } from '../src/engine/verify.ts';
import { OpsModel } from '../src/model/opsModel.ts';
import { createCpuBackend } from '../src/tensor/cpuOps.ts';
import type { Backend, Ops } from '../src/tensor/ops.ts';
import type { CheckpointFiles } from '../src/weights/byteSource.ts';
import { memoryFiles } from '../src/weights/memory.ts';

/** A checkpoint folder on disk, read whole. */
export function diskFiles(folder: string): CheckpointFiles {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = names.map((name): [string, Uint8Array] => [
    name,
    new Uint8Array(readFileSync(join(folder, name))),
  ]);
  return memoryFiles(new Map(files), folder);
}

/** A device on the CPU twin, which cannot be lost. */
export function cpuDevice(backend: Backend = createCpuBackend()): Device {
  return {
    description: 'CPU twin, f64 sums',
    backend,
    machineBytes: null,
    roomRule: null,
    weightBytes,
    allocatedBytes: () => 0,
    createModel: (config, params) => new OpsModel(backend, config, params),
    destroy: () => {},
  };
}

/** A CPU device whose reads fail as a lost graphics device's do, from `lose` until it is opened again. */
export function losableDevice() {
  let lost = false;
  const backend = createCpuBackend();
  const arena = (label: string): Ops => {
    const ops = backend.arena(label);
    const read = ops.read.bind(ops);
    ops.read = async (tensors) => {
      if (lost) throw new DeviceError('The graphics device was lost (test).', { lost: true });
      return read(tensors);
    };
    return ops;
  };
  return {
    open: async (): Promise<Device> => {
      lost = false;
      return cpuDevice({ ...backend, arena });
    },
    lose: () => {
      lost = true;
    },
  };
}

/** The CPU twin in the place of our kernels on a graphics card, and no ONNX Runtime unless one is given. */
export function cpuEngines(
  wgsl: OpenDevice = async () => cpuDevice(),
  ort: OpenDevice = async () => {
    throw new UnsupportedError('ONNX Runtime is not here. Use a service that has it.');
  },
): EnginesOptions {
  return {
    findAdapter: async () => ({
      vendor: 'none',
      architecture: 'cpu',
      description: 'twin',
      isFallback: false,
    }),
    open: { wgsl, ort },
  };
}

/** Where a service in this thread runs. */
export const NODE: Surroundings = { normless: 'test', userAgent: 'Node', crossOriginIsolated: false };

/** A Hub that nobody can reach. */
export const NO_HUB: HubAccess = {
  endpoint: 'https://hub.invalid',
  open: async () => {
    throw new UnsupportedError('There is no Hub here. Give it a mock one.');
  },
};

/** The service over the models in public/, not yet started. */
export function createCpuService(
  onStatus: (status: EngineStatus) => void = () => {},
  hub: HubAccess = NO_HUB,
): EngineService {
  return new EngineService({
    ...cpuEngines(),
    surroundings: NODE,
    registry: REGISTRY,
    openBundled: (path) => diskFiles(resolve('public', path)),
    hub,
    onStatus,
  });
}
