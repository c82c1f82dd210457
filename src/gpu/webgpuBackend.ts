/** The WebGPU backend: opens the device, compiles kernels, measures its speed, keeps the parameters. */

import { UnsupportedError } from '../base/errors.ts';
import type { Shape } from '../base/shapes.ts';
import { checkHost, checkRows } from '../tensor/hostRows.ts';
import type { Backend, BackendLimits, Ops } from '../tensor/ops.ts';
import type { ModelConfig, StorageDType } from '../tensor/params.ts';
import type { DType, HostTensor, Tensor } from '../tensor/tensor.ts';
import { BufferPool } from './buffers.ts';
import { assertWorking, type GpuContext } from './context.ts';
import { type AdapterInfo, type DeviceLoss, type OpenDevice, openDevice } from './device.ts';
import { always, type Choice } from './families/choice.ts';
import { type FamilyName, takesFamily } from './families/family.ts';
import { FAMILIES } from './families/index.ts';
import { Faults } from './faults.ts';
import { type GpuTensor, gpuTensor } from './gpuTensor.ts';
import { kernelsFor } from './kernels/index.ts';
import { allocateParameter, hasRoom } from './parameters.ts';
import { Pipelines } from './pipelines.ts';
import { type Binding, Recorder } from './recorder.ts';
import { writeRows } from './transfer.ts';
import { measureFamilies, timeProducts } from './tune.ts';
import { WebGpuOps } from './webgpuOps.ts';

/** One submit should take no longer than this: beyond it a page stutters, and a watchdog may end it. */
const SUBMIT_MS = 100;
/** A software adapter has no watchdog, and draws no pages: there only other work should get its turn. */
const SOFTWARE_SUBMIT_MS = 2000;
/** Of the buffers behind bindings that are not used. */
const BLANK_BYTES = 256;

export interface BackendOptions {
  /** In place of `navigator.gpu`; null as in a browser without WebGPU. */
  gpu?: GPU | null;
  /** The most of a parameter that lies in one buffer, where less is wanted than the device allows. */
  bindingBytes?: number;
  /**
   * The kernels to compute with, or `measured` for the fastest of each number of rows. Default: a software adapter takes
   * register tiles unmeasured, all others are measured. There a barrier costs a change of coroutine: on SwiftShader a
   * product of 64×768×2304 took 39 ms in register tiles and 72 or 111 ms in tiles of workgroup memory, one of 16 rows
   * 14 against 95 ms, and of one row workgroup memory was 5 to 6 times slower.
   */
  family?: FamilyName | 'measured';
}

/** What has been done so far on a device. */
export interface GpuCounters {
  readonly dispatches: number;
  readonly submits: number;
  /** A steady workload makes no more of them. */
  readonly bindGroupsMade: number;
  readonly readbackBytes: number;
  /** Bytes of all buffers alive, those waiting for reuse included. */
  readonly gpuBytes: number;
  /** The most bytes that were ever asked for at once: at rest `gpuBytes` stays at about that. */
  readonly neededBytes: number;
}

/**
 * Opens the device and measures how fast it is. Kernels are compiled by `prepare`, else at their first use.
 * Throws UnsupportedError where WebGPU is missing, does not compute, or lacks what the wanted kernels take.
 */
export async function createWebGpuBackend({
  gpu,
  bindingBytes = Infinity,
  family,
}: BackendOptions = {}): Promise<WebGpuBackend> {
  const open = await openDevice(gpu);
  try {
    const faults = new Faults(open.device);
    const pool = new BufferPool(open.device, faults);
    const pipelines = new Pipelines(open.device, faults);
    const recorder = new Recorder(open.device, pipelines, pool, faults);
    const { maxBufferSize: bufferBytes, maxStorageBufferBindingSize } = open.device.limits;
    const limits = {
      bufferBytes,
      bindingBytes: Math.min(bufferBytes, maxStorageBufferBindingSize, bindingBytes),
    };
    const blank = (): Binding => ({
      allocation: pool.create(BLANK_BYTES, 'storage', 'blank'),
      bytes: BLANK_BYTES,
    });
    const blanks = [blank(), blank()] as const;
    const choice = firstChoice(open, family);
    const counters = { workPerSubmit: Infinity, readbackBytes: 0 };
    const backend = new WebGpuBackend({
      open,
      faults,
      pool,
      pipelines,
      recorder,
      blanks,
      limits,
      choice,
      ...counters,
    });
    const measured = family ? family === 'measured' : !open.adapter.isFallback;
    if (measured) await backend.chooseFamilies();
    await backend.measureSpeed();
    return backend;
  } catch (error) {
    open.device.destroy();
    throw error;
  }
}

/** The kernels asked for; register tiles where none are, which measuring may replace. */
function firstChoice({ device }: OpenDevice, family: BackendOptions['family']): Choice {
  if (!family || family === 'measured') return always('registers', 'prior');
  if (takesFamily(device.features, family)) return always(family, 'forced');
  throw new UnsupportedError(
    `This device has not what the kernels "${family}" take: leave the choice to the measurement.`,
    { missing: family },
  );
}

export class WebGpuBackend implements Backend {
  readonly name = 'webgpu';
  readonly adapter: AdapterInfo;
  /** Resolves when the device is gone; everything made by this backend is then gone too. */
  readonly lost: Promise<DeviceLoss>;
  readonly #context: GpuContext;
  #speed = 0;

  constructor(context: GpuContext) {
    this.#context = context;
    this.adapter = context.open.adapter;
    this.lost = context.open.lost;
  }

  /** Multiply-adds per millisecond of a small linear on this adapter. */
  get speed(): number {
    return this.#speed;
  }

  /** Multiply-adds that may be recorded before a `border` submits them: some time's worth by the measured speed. */
  get workPerSubmit(): number {
    return this.#context.workPerSubmit;
  }

  set workPerSubmit(work: number) {
    this.#context.workPerSubmit = work;
  }

  /** Which kernels compute, by the number of rows, and why those. */
  get choice(): Choice {
    return this.#context.choice;
  }

  get counters(): GpuCounters {
    const { recorder, pool, readbackBytes } = this.#context;
    const { dispatches, submits, bindGroupsMade } = recorder;
    const { allocatedBytes: gpuBytes, mostServed: neededBytes } = pool;
    return { dispatches, submits, bindGroupsMade, readbackBytes, gpuBytes, neededBytes };
  }

  /** Bytes of buffers that no tensor holds: a steady workload takes from them and adds nothing to `gpuBytes`. */
  get freeBytes(): number {
    return this.#context.pool.freeBytes;
  }

  get limits(): BackendLimits {
    return this.#context.limits;
  }

  /** Throws DeviceError where a kernel is refused. */
  prepare(
    dtype: StorageDType,
    config: Pick<ModelConfig, 'dHead'>,
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    const families = [...new Set(Object.values(this.choice.families))].map((name) => FAMILIES[name]);
    return this.#context.pipelines.warm(kernelsFor(dtype, config, families), onProgress);
  }

  allocate(shape: Shape, dtype: StorageDType, label: string): Tensor {
    return this.#allocate(shape, dtype, label);
  }

  write(parameter: Tensor, firstRow: number, host: HostTensor): void {
    assertWorking(this.#context);
    checkRows(parameter, firstRow, host);
    writeRows(this.#context, gpuTensor(parameter), firstRow, host);
  }

  upload(host: HostTensor, label: string): Tensor {
    checkHost(host, label);
    const tensor = this.#allocate(host.shape, host.dtype, label);
    writeRows(this.#context, tensor, 0, host);
    return tensor;
  }

  #allocate(shape: Shape, dtype: DType, label: string): GpuTensor {
    assertWorking(this.#context);
    return allocateParameter(this.#context, shape, dtype, label);
  }

  free(tensors: Iterable<Tensor>): void {
    this.#context.recorder.flush(); // what is recorded may read them
    for (const tensor of tensors) {
      for (const allocation of gpuTensor(tensor).release()) this.#context.pool.destroy(allocation);
    }
  }

  async hasRoom(bytes: number): Promise<boolean> {
    assertWorking(this.#context);
    return hasRoom(this.#context, bytes);
  }

  arena(label: string): Ops {
    return new WebGpuOps(this.#context, label);
  }

  /** Resolves once the given parameters are known to have found memory; throws DeviceError where one has not. */
  async settled(parameters: Iterable<Tensor>): Promise<void> {
    await this.#context.faults.settled();
    assertWorking(this.#context);
    for (const tensor of parameters) {
      const faulty = gpuTensor(tensor).parts.find(({ allocation }) => allocation.fault);
      if (faulty) throw faulty.allocation.fault;
    }
  }

  /** Gives up the device with everything on it; `lost` resolves. */
  destroy(): void {
    this.#context.open.device.destroy();
  }

  /** Times the families of kernels against each other and takes the fastest of each number of rows. */
  async chooseFamilies(): Promise<void> {
    const ops = this.arena('tune');
    try {
      this.#context.choice = await measureFamilies(this.#context, ops);
    } finally {
      ops.dispose();
    }
  }

  /** Times a small linear, repeated until the clock can tell, and sets what may go into one submit by it. */
  async measureSpeed(): Promise<void> {
    const [r, n, m] = [64, 256, 256];
    const ops = this.arena('speed');
    const values = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i));
    const x = ops.upload({ dtype: 'f32', shape: [r, n], data: values(r * n) }, 'speed.x');
    const W = ops.upload({ dtype: 'f32', shape: [n, m], data: values(n * m) }, 'speed.W');
    const time = (repeats: number) => timeProducts(this.#context, ops, x, W, repeats);
    await time(1); // the first use of a pipeline is slower
    let repeats = 1;
    let ms = await time(repeats);
    while (ms < 5 && repeats < 512) {
      repeats *= 8;
      ms = await time(repeats);
    }
    ops.dispose();
    this.#speed = (repeats * r * n * m) / ms;
    this.#context.workPerSubmit = this.#speed * (this.adapter.isFallback ? SOFTWARE_SUBMIT_MS : SUBMIT_MS);
  }
}
