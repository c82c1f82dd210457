/** WebGPU in Node by Dawn's own addon: `navigator.gpu` and the WebGPU globals, as a page has them. */

import { createRequire } from 'node:module';

interface DawnAddon {
  /** Options are `name=value`, e.g. `backend=vulkan`, `enable-dawn-features=…`. */
  create(options: readonly string[]): GPU;
  readonly globals: Readonly<Record<string, unknown>> & { GPUQueue: { prototype: GPUQueue } };
}

/** Else Dawn rounds timestamps to 65 µs, which is more than most kernels take on a graphics card. */
const PRECISE_CLOCK = 'disable-dawn-features=timestamp_quantization';

/** Loads the addon at a path, with options of one's own besides a precise clock. Throws, with what to do, where it does not load. */
export function installDawn(path: string, options: readonly string[]): GPU {
  const { create, globals } = loadAddon(path);
  acceptSharedMemory(globals.GPUQueue.prototype);
  Object.assign(globalThis, globals);
  const gpu = create([PRECISE_CLOCK, ...options]);
  // Node has a navigator of its own from version 21, which cannot be replaced but takes a property.
  if (!globalThis.navigator)
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  return gpu;
}

function loadAddon(path: string): DawnAddon {
  try {
    return createRequire(import.meta.url)(path) as DawnAddon;
  } catch (cause) {
    throw new Error(
      `Dawn's addon does not load on this machine (${process.platform} ${process.arch}, Node ${process.versions.node}): ${String(cause)}. ` +
        `It is ${path}; fetch the one of this platform anew, or use a newer system C++ library.`,
      { cause },
    );
  }
}

/** Dawn's addon refuses memory that is shared, which ONNX Runtime's WebAssembly is: that is copied first. */
function acceptSharedMemory(queue: GPUQueue): void {
  const { writeBuffer } = queue;
  queue.writeBuffer = function (this: GPUQueue, buffer, offset, data, dataOffset, size) {
    return writeBuffer.call(
      this,
      buffer,
      offset,
      unshared(data as GPUAllowSharedBufferSource),
      dataOffset,
      size,
    );
  };
}

/** The same elements in memory of their own, where they are shared. */
function unshared(data: GPUAllowSharedBufferSource): GPUAllowSharedBufferSource {
  if (data instanceof SharedArrayBuffer) return new Uint8Array(data).slice().buffer;
  if (data instanceof ArrayBuffer || !(data.buffer instanceof SharedArrayBuffer)) return data;
  if (data instanceof DataView) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return (data as Uint8Array).slice(); // of whatever element type: offsets are counted in elements
}
