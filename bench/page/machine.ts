/** One WebGPU device with both parties on it: our backend and ONNX Runtime's WebGPU backend. */

import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-web/webgpu';
import * as ort from 'onnxruntime-web/webgpu';
import { must } from '../../src/base/assert.ts';
import type { FamilyName } from '../../src/gpu/families/family.ts';
import { createWebGpuBackend, type WebGpuBackend } from '../../src/gpu/webgpuBackend.ts';
import type { Environment } from '../contract.ts';
import { countBuffers, type Made } from './countBuffers.ts';
import { GpuClock } from './gpuClock.ts';

/** Absolute URLs of the asyncify build, whose WebGPU backend takes a device. */
export interface OrtFiles {
  readonly mjs: string;
  readonly wasm: string;
}

/** A graph for a session, and the external files that it names. */
export interface OrtSource {
  readonly bytes: Uint8Array;
  readonly weights: ReadonlyMap<string, Float32Array>;
}

export class Machine {
  private constructor(
    readonly device: GPUDevice,
    readonly backend: WebGpuBackend,
    readonly environment: Environment,
    /** Null where the device tells no times. */
    readonly clock: GpuClock | null,
    private readonly made: Made,
    private readonly family: FamilyName | undefined,
  ) {}

  /** Throws UnsupportedError where WebGPU is missing. */
  static async open(ortFiles: OrtFiles, family?: FamilyName): Promise<Machine> {
    ort.env.wasm.wasmPaths = { ...ortFiles };
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'error';
    const opened: { device: GPUDevice; made: Made }[] = [];
    const backend = await createWebGpuBackend({
      family,
      gpu: sharedGpu((device) => opened.push({ device, made: countBuffers(device) })),
    });
    const { device, made } = must(opened[0], 'the backend asked for no device');
    const onnxruntime = must(ort.env.versions.web, 'onnxruntime-web tells no version');
    const environment = { adapter: { ...backend.adapter }, kernels: backend.choice, onnxruntime };
    return new Machine(device, backend, environment, GpuClock.on(device), made, family);
  }

  /** Buffers made on the device so far, by anybody. */
  get buffersMade(): number {
    return this.made.buffers;
  }

  /** A second backend of ours with nothing on it, on the same device. */
  freshBackend(): Promise<WebGpuBackend> {
    const { device } = this;
    const requestAdapter = async () => ({
      info: { ...this.environment.adapter, isFallbackAdapter: this.environment.adapter.isFallback },
      limits: device.limits,
      features: device.features,
      requestDevice: async () => device,
    });
    return createWebGpuBackend({ family: this.family, gpu: { requestAdapter } as unknown as GPU });
  }

  /** Resolves when the device has done all that it was given. */
  done(): Promise<undefined> {
    return this.device.queue.onSubmittedWorkDone();
  }

  /** A session on our device whose outputs stay there, or in WebAssembly with outputs in plain arrays. */
  session({ bytes, weights }: OrtSource, on: 'webgpu' | 'wasm'): Promise<InferenceSession> {
    const externalData = [...weights].map(([path, { buffer, byteOffset, byteLength }]) => ({
      path,
      data: new Uint8Array(buffer, byteOffset, byteLength),
    }));
    if (on === 'wasm')
      return ort.InferenceSession.create(bytes, { executionProviders: ['wasm'], externalData, ...QUIET });
    return ort.InferenceSession.create(bytes, {
      executionProviders: [{ name: 'webgpu', device: this.device }], // `env.webgpu.device` is ignored in 1.30
      preferredOutputLocation: 'gpu-buffer',
      externalData,
      ...QUIET,
    });
  }

  /** Token ids as the graphs of src/ort take them, int64 [1, pos]. */
  ids(tokens: readonly number[]): OrtTensor {
    return this.int64(tokens, [1, tokens.length]);
  }

  int64(values: readonly number[], dims: readonly number[]): OrtTensor {
    return new ort.Tensor('int64', BigInt64Array.from(values, BigInt), dims);
  }

  /** Values on the device as an input of a session, and the buffer that is to be destroyed afterwards. */
  onDevice(data: Float32Array<ArrayBuffer>, dims: number[]): { tensor: OrtTensor; buffer: GPUBuffer } {
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const usage = STORAGE | COPY_SRC | COPY_DST;
    const buffer = this.device.createBuffer({ label: 'input of a session', size: data.byteLength, usage });
    this.device.queue.writeBuffer(buffer, 0, data);
    return { tensor: ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims }), buffer };
  }
}

/** Only errors: that it puts shapes on the processor is no news. */
const QUIET = { logSeverityLevel: 3 } as const;

/** What ONNX Runtime would ask for: it must not be slower for the device's being ours. Timestamps are for the suite. */
const ORT_LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxStorageBuffersPerShaderStage',
] as const;
const FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

/** `navigator.gpu`, except that the device also has what ONNX Runtime wants, and `onDevice` sees it first. */
function sharedGpu(onDevice: (device: GPUDevice) => void): GPU {
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await navigator.gpu.requestAdapter(options);
    if (!adapter) return null;
    const requestDevice = async (descriptor: GPUDeviceDescriptor = {}) => {
      const offered = FEATURES.filter((feature) => adapter.features.has(feature));
      const wanted = Object.fromEntries(ORT_LIMITS.map((name) => [name, adapter.limits[name]]));
      const device = await adapter.requestDevice({
        ...descriptor,
        requiredFeatures: [...new Set([...(descriptor.requiredFeatures ?? []), ...offered])],
        requiredLimits: { ...wanted, ...descriptor.requiredLimits },
      });
      onDevice(device);
      return device;
    };
    const { info, limits, features } = adapter;
    return { info, limits, features, requestDevice };
  };
  return { requestAdapter } as unknown as GPU;
}
