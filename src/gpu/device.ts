/** The graphics device: asked for, proved to compute rightly, and watched. */

import probeWgsl from '../../shaders/probe.wgsl?raw';
import { DeviceError, UnsupportedError } from '../base/errors.ts';

/** Who computes, as shown to people. `isFallback`: in software. */
export interface AdapterInfo {
  vendor: string;
  architecture: string;
  description: string;
  isFallback: boolean;
}

export interface DeviceLoss {
  /** 'destroyed' where we did it ourselves. */
  reason: string;
  message: string;
}

export interface OpenDevice {
  readonly device: GPUDevice;
  readonly adapter: AdapterInfo;
  /** Resolves when the device is gone; never rejects. */
  readonly lost: Promise<DeviceLoss>;
  /** Why results can no longer be trusted: the loss, or the first error that nothing else caught. Null while all is well. */
  failure(): DeviceError | null;
}

/** Limits that are asked for as high as the adapter goes; all others stay at the default that every device has. */
const WANTED_LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize'] as const;

/**
 * Who would compute, found out without opening a device.
 * Throws UnsupportedError, with what to do, where WebGPU is missing or has no adapter.
 */
export async function findAdapter(gpu: GPU | null = navigator.gpu ?? null): Promise<AdapterInfo> {
  return infoOf(await requestAdapter(gpu));
}

async function requestAdapter(gpu: GPU | null): Promise<GPUAdapter> {
  if (!gpu) throw noWebGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter) return adapter;
  throw new UnsupportedError(
    'WebGPU is in this browser, but it found no graphics adapter. Turn on hardware acceleration in the ' +
      "browser's settings and update the graphics driver, or start Chrome with --enable-unsafe-webgpu " +
      '--use-webgpu-adapter=swiftshader to compute in software.',
    { missing: 'adapter' },
  );
}

/**
 * Asks for an adapter and a device, and computes a few numbers on it.
 * Throws UnsupportedError, with what to do, where WebGPU is missing, has no adapter, or computes wrongly.
 */
export async function openDevice(gpu: GPU | null = navigator.gpu ?? null): Promise<OpenDevice> {
  const adapter = await requestAdapter(gpu);
  const device = await requestDevice(adapter);
  const watched = watch(device, infoOf(adapter));
  await probe(watched);
  return watched;
}

function noWebGpu(): UnsupportedError {
  const insecure = globalThis.isSecureContext === false;
  return new UnsupportedError(
    insecure
      ? 'WebGPU is only given to pages on https or on localhost: open this page through one of them.'
      : 'This browser has no WebGPU. Use a current Chrome, Edge, Firefox or Safari; in Chrome on Linux, turn on ' +
          'chrome://flags/#enable-unsafe-webgpu.',
    { missing: insecure ? 'secure context' : 'navigator.gpu' },
  );
}

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(WANTED_LIMITS.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = WANTED_FEATURES.filter((name) => adapter.features?.has(name));
  try {
    return await adapter.requestDevice({ label: 'Normless', requiredLimits, requiredFeatures });
  } catch (cause) {
    throw new UnsupportedError(
      `The graphics adapter gives no device (${String(cause)}). Close other pages that use the graphics card, ` +
        'update the browser or the driver, and reload.',
      { missing: 'device' },
      { cause },
    );
  }
}

/** Features that some kernels use where they are there; none is needed, and an adapter that names none has none. */
const WANTED_FEATURES = ['subgroups'] as const;

/** Adapters that compute on the processor, whether or not the browser says so. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

function infoOf({ info }: GPUAdapter): AdapterInfo {
  const { vendor, architecture, description, isFallbackAdapter } = info;
  // Not in every browser yet: there the name must do.
  const isFallback = isFallbackAdapter ?? SOFTWARE.test(`${architecture} ${description} ${info.device}`);
  return { vendor, architecture, description, isFallback };
}

function watch(device: GPUDevice, adapter: AdapterInfo): OpenDevice {
  let failure: DeviceError | null = null;
  const lost = device.lost.then(({ reason, message }) => {
    failure = new DeviceError(
      `The graphics device was lost (${message || reason}). It has to be set up again before the run can be repeated.`,
      { lost: true, reason },
    );
    return { reason, message };
  });
  device.addEventListener('uncapturederror', ({ error }) => {
    failure ??= new DeviceError(
      `The graphics device reported an error: ${error.message} Reload the page; if it comes again, please report it.`,
      { lost: false, kind: error.constructor.name },
    );
  });
  return { device, adapter, lost, failure: () => failure };
}

/** Computes 3x + 1 and looks at the numbers: a device that only claims to work must not get further. */
async function probe({ device, adapter, failure }: OpenDevice): Promise<void> {
  const input = Float32Array.from({ length: 100 }, (_, i) => i - 50);
  const { STORAGE, UNIFORM, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  const buffer = (size: number, usage: number) => device.createBuffer({ label: 'probe', size, usage });
  const x = buffer(input.byteLength, STORAGE | COPY_DST);
  const y = buffer(input.byteLength, STORAGE | COPY_SRC);
  const shape = buffer(16, UNIFORM | COPY_DST);
  const staging = buffer(input.byteLength, MAP_READ | COPY_DST);
  let output = new Float32Array();
  let reason = '';
  try {
    device.queue.writeBuffer(x, 0, input);
    device.queue.writeBuffer(shape, 0, new Uint32Array([input.length, 0, 0, 0]));
    const module = device.createShaderModule({ label: 'probe', code: probeWgsl });
    const pipeline = await device.createComputePipelineAsync({
      label: 'probe',
      layout: 'auto',
      compute: { module },
    });
    const bindGroup = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [x, y, shape].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const encoder = device.createCommandEncoder({ label: 'probe' });
    const pass = encoder.beginComputePass({ label: 'probe' });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(Math.ceil(input.length / 64));
    pass.end();
    encoder.copyBufferToBuffer(y, 0, staging, 0, input.byteLength);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    output = new Float32Array(staging.getMappedRange().slice(0));
  } catch (error) {
    reason = String(error);
  }
  for (const used of [x, y, shape, staging]) used.destroy();
  const wrong = input.findIndex((value, i) => output[i] !== 3 * value + 1);
  if (wrong < 0) return;
  reason ||= failure()?.message ?? `3·${input[wrong]} + 1 came back as ${output[wrong]}`;
  device.destroy();
  throw new UnsupportedError(
    `WebGPU is in this browser, but its adapter (${adapter.vendor} ${adapter.architecture}) does not compute: ${reason}. ` +
      'Update the browser and the graphics driver, or try another browser.',
    { missing: 'working adapter', adapter },
  );
}
