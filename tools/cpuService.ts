/** The engine in this very thread on the CPU twin, with files read from the disk: for tests and for making the committed result. Node only. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UnsupportedError } from '../src/base/errors.ts';
import type { EngineStatus } from '../src/engine/api.ts';
import type { HubAccess } from '../src/engine/armSource.ts';
import type { Device } from '../src/engine/device.ts';
import { REGISTRY } from '../src/engine/registry.ts';
import { EngineService } from '../src/engine/service.ts';
import { createCpuBackend } from '../src/tensor/cpuOps.ts';
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
export async function openCpuDevice(): Promise<Device> {
  const adapter = {
    vendor: 'none',
    architecture: 'cpu',
    description: 'CPU twin, f64 sums',
    isFallback: true,
  };
  return {
    backend: createCpuBackend(),
    adapter,
    machineBytes: null,
    allocatedBytes: () => 0,
    destroy: () => {},
  };
}

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
    openDevice: openCpuDevice,
    registry: REGISTRY,
    openBundled: (path) => diskFiles(resolve('public', path)),
    hub,
    onStatus,
  });
}
