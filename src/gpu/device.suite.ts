/** For GPU tests: a backend whose device the test can reach, to break it. */

import { createWebGpuBackend, type WebGpuBackend } from './webgpuBackend.ts';

/** `navigator.gpu`, except that `onDevice` sees the device before anybody else and `info` is what the adapter claims. */
export function gpuWith(onDevice: (device: GPUDevice) => void, info: Partial<GPUAdapterInfo> = {}): GPU {
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await navigator.gpu.requestAdapter(options);
    if (!adapter) return null;
    const requestDevice = async (descriptor?: GPUDeviceDescriptor) => {
      const device = await adapter.requestDevice(descriptor);
      onDevice(device);
      return device;
    };
    const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
    const claimed = { vendor, architecture, description, isFallbackAdapter, ...info };
    return { info: claimed, limits: adapter.limits, features: adapter.features, requestDevice };
  };
  return { requestAdapter } as unknown as GPU;
}

/**
 * Lets a device have no memory for some buffers. One that is really full cannot be had in a test: this one gives an
 * invalid buffer and says so when asked, as a full one does.
 */
export function refuseBuffers(
  device: GPUDevice,
  refuses: (descriptor: GPUBufferDescriptor) => boolean,
): void {
  const create = device.createBuffer.bind(device);
  const pop = device.popErrorScope.bind(device);
  let full = false;
  device.createBuffer = (descriptor) => {
    if (!refuses(descriptor)) return create(descriptor);
    full = true;
    device.pushErrorScope('validation');
    const invalid = create({ ...descriptor, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    void pop();
    return invalid;
  };
  device.popErrorScope = async () => {
    const fails = full;
    full = false;
    const error = await pop();
    return fails ? new GPUOutOfMemoryError('out of memory') : error;
  };
}

export async function backendWithDevice(): Promise<{ backend: WebGpuBackend; device: GPUDevice }> {
  const devices: GPUDevice[] = [];
  const gpu = gpuWith((device) => devices.push(device));
  const backend = await createWebGpuBackend({ gpu });
  return { backend, device: devices[0] as GPUDevice };
}

/** What a promise is rejected with. */
export async function rejection(
  promise: Promise<unknown>,
): Promise<Error & { data?: Record<string, unknown> }> {
  try {
    await promise;
  } catch (error) {
    return error as Error & { data?: Record<string, unknown> };
  }
  throw new Error('the promise was expected to be rejected');
}
