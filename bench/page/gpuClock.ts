/** Time on the device by its own clock: what the compute passes of some work took, without what lies between them. */

import { must } from '../../src/base/assert.ts';

/** Two timestamps each; WebGPU allows 4096 in a set. */
const MOST_PASSES = 2048;
const TIMESTAMP_BYTES = 8;

/** Where a pass that begins now writes its timestamps; `label` says what it is. */
type Claim = (label: string) => GPUComputePassTimestampWrites;

/** What happens to the compute passes of an encoder while time is taken. */
type Watch = (encoder: GPUCommandEncoder, claim: Claim) => void;

export class GpuClock {
  readonly #device: GPUDevice;
  readonly #querySet: GPUQuerySet;
  #labels: string[] = [];
  #watch: Watch | null = null;

  /** Watches every compute pass of the device from now on; null where the device has no `timestamp-query`. */
  static on(device: GPUDevice): GpuClock | null {
    return device.features.has('timestamp-query') ? new GpuClock(device) : null;
  }

  private constructor(device: GPUDevice) {
    this.#device = device;
    this.#querySet = device.createQuerySet({ type: 'timestamp', count: 2 * MOST_PASSES });
    const create = device.createCommandEncoder.bind(device);
    device.createCommandEncoder = (descriptor) => {
      const encoder = create(descriptor);
      this.#watch?.(encoder, (label) => this.#claim(label));
      return encoder;
    };
  }

  /** Milliseconds of all compute passes that `work`, which ends when the device is done, makes. Throws beyond 2048 passes. */
  async time(work: () => Promise<void>): Promise<number> {
    const times = await this.#timed(work, timePasses);
    return times.reduce((sum, ms) => sum + ms, 0);
  }

  /**
   * The same by the names of the kernels: every dispatch gets a pass of its own, so that kernels which could overlap do
   * not. Throws beyond 2048 dispatches.
   */
  async timeKernels(work: () => Promise<void>): Promise<Map<string, number>> {
    const times = await this.#timed(work, timeDispatches);
    const byKernel = new Map<string, number>();
    times.forEach((ms, i) => {
      const kernel = this.#labels[i] as string;
      byKernel.set(kernel, (byKernel.get(kernel) ?? 0) + ms);
    });
    return byKernel;
  }

  /** Milliseconds of each pass, in their order. */
  async #timed(work: () => Promise<void>, watch: Watch): Promise<number[]> {
    this.#labels = [];
    this.#watch = watch;
    try {
      await work();
    } finally {
      this.#watch = null;
    }
    return this.#labels.length === 0 ? [] : this.#read();
  }

  #claim(label: string): GPUComputePassTimestampWrites {
    if (this.#labels.length === MOST_PASSES)
      throw new Error(`More than ${MOST_PASSES} compute passes to time.`);
    const first = 2 * this.#labels.length;
    this.#labels.push(label);
    return {
      querySet: this.#querySet,
      beginningOfPassWriteIndex: first,
      endOfPassWriteIndex: first + 1,
    };
  }

  async #read(): Promise<number[]> {
    const count = 2 * this.#labels.length;
    const size = count * TIMESTAMP_BYTES;
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    const resolved = this.#device.createBuffer({
      label: 'timestamps',
      size,
      usage: QUERY_RESOLVE | COPY_SRC,
    });
    const staging = this.#device.createBuffer({ label: 'timestamps', size, usage: COPY_DST | MAP_READ });
    const encoder = this.#device.createCommandEncoder({ label: 'timestamps' });
    encoder.resolveQuerySet(this.#querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const times = intervals(new BigUint64Array(staging.getMappedRange()));
    resolved.destroy();
    staging.destroy();
    return times;
  }
}

function timePasses(encoder: GPUCommandEncoder, claim: Claim): void {
  const begin = encoder.beginComputePass.bind(encoder);
  encoder.beginComputePass = (descriptor) =>
    begin({ ...descriptor, timestampWrites: claim(descriptor?.label ?? '') });
}

/** Passes the pipeline and bind group on to a pass for each dispatch, named after the pipeline. */
function timeDispatches(encoder: GPUCommandEncoder, claim: Claim): void {
  const begin = encoder.beginComputePass.bind(encoder);
  encoder.beginComputePass = () => {
    let pipeline: GPUComputePipeline | null = null;
    let bindGroup: unknown[] = [];
    const stand = {
      setPipeline: (next: GPUComputePipeline) => {
        pipeline = next;
      },
      setBindGroup: (...args: unknown[]) => {
        bindGroup = args;
      },
      dispatchWorkgroups: (...grid: [number, number, number]) => {
        const used = must(pipeline, 'a dispatch without a pipeline');
        const pass = begin({ label: used.label, timestampWrites: claim(used.label) });
        pass.setPipeline(used);
        (pass.setBindGroup as (...args: unknown[]) => void)(...bindGroup);
        pass.dispatchWorkgroups(...grid);
        pass.end();
      },
      end: () => {},
    };
    return stand as unknown as GPUComputePassEncoder;
  };
}

/** Beginnings and ends in turn, in nanoseconds → milliseconds between them. */
function intervals(timestamps: BigUint64Array): number[] {
  return Array.from(
    { length: timestamps.length / 2 },
    (_, i) => Number((timestamps[2 * i + 1] as bigint) - (timestamps[2 * i] as bigint)) / 1e6,
  );
}
