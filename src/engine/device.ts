/** What the service needs of a device, so that it runs on WebGPU in the worker and on the CPU twin in tests. */

import type { Backend } from '../tensor/ops.ts';
import type { AdapterInfo } from './api.ts';

export interface Device {
  readonly backend: Backend;
  readonly adapter: AdapterInfo;
  /** Memory of the machine in bytes, as the browser tells it (it rounds down); null where it does not. */
  readonly machineBytes: number | null;
  /** Bytes of all buffers that exist. */
  allocatedBytes(): number;
  destroy(): void;
}

/**
 * Opens a device with every kernel compiled; `onProgress` counts pipelines.
 * @throws UnsupportedError where nothing can run.
 */
export type OpenDevice = (onProgress: (done: number, total: number) => void) => Promise<Device>;
