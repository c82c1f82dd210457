/** What the service needs of an engine's device, so that WebGPU, ONNX Runtime and the CPU twin in tests are alike to it. */

import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import type { DeviceParams, ModelConfig, StorageDType } from '../tensor/params.ts';

export interface Device {
  /** For people: who computes, e.g. `google · swiftshader` or `onnxruntime-web 1.30.0, 1 thread`. */
  readonly description: string;
  readonly backend: Backend;
  /** Memory of the machine in bytes, as the browser tells it (it rounds down); null where it does not. */
  readonly machineBytes: number | null;
  /** Why memory is not found out by trial allocations but counted on, in a sentence; null where it is tried. */
  readonly roomRule: string | null;
  /** Bytes that a model's weights take here. */
  weightBytes(config: ModelConfig, dtype: StorageDType): number;
  /** Bytes of all buffers that exist. */
  allocatedBytes(): number;
  /** A model whose parameters are in `backend`; null for one that waits for its turn. */
  createModel(config: ModelConfig, params: DeviceParams | null): Model;
  destroy(): void;
}

/**
 * Opens a device. What takes long and depends on a model, as compiling kernels does, is left to loading one.
 * @throws UnsupportedError where it cannot run.
 */
export type OpenDevice = () => Promise<Device>;
