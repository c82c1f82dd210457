/** Time on the device by its own clock: what the compute passes of some work took, without what lies between them. */

/** Two timestamps each; WebGPU allows 4096 in a set. */
const MOST_PASSES = 2048;
const TIMESTAMP_BYTES = 8;

/** Where a pass that begins now writes its timestamps. */
type Claim = () => GPUComputePassTimestampWrites;

export class GpuClock {
  readonly #device: GPUDevice;
  readonly #querySet: GPUQuerySet;
  #passes = 0;
  #running = false;

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
      if (this.#running) timePasses(encoder, () => this.#claim());
      return encoder;
    };
  }

  /** Milliseconds of all compute passes that `work`, which ends when the device is done, makes. Throws beyond 2048 passes. */
  async time(work: () => Promise<void>): Promise<number> {
    this.#passes = 0;
    this.#running = true;
    try {
      await work();
    } finally {
      this.#running = false;
    }
    return this.#passes === 0 ? 0 : this.#read();
  }

  #claim(): GPUComputePassTimestampWrites {
    if (this.#passes === MOST_PASSES) throw new Error(`More than ${MOST_PASSES} compute passes to time.`);
    const first = 2 * this.#passes++;
    return {
      querySet: this.#querySet,
      beginningOfPassWriteIndex: first,
      endOfPassWriteIndex: first + 1,
    };
  }

  async #read(): Promise<number> {
    const count = 2 * this.#passes;
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
    const nanoseconds = sumOfIntervals(new BigUint64Array(staging.getMappedRange()));
    resolved.destroy();
    staging.destroy();
    return nanoseconds / 1e6;
  }
}

function timePasses(encoder: GPUCommandEncoder, claim: Claim): void {
  const begin = encoder.beginComputePass.bind(encoder);
  encoder.beginComputePass = (descriptor) => begin({ ...descriptor, timestampWrites: claim() });
}

/** Beginnings and ends in turn. */
function sumOfIntervals(timestamps: BigUint64Array): number {
  let sum = 0n;
  for (let i = 0; i + 1 < timestamps.length; i += 2)
    sum += (timestamps[i + 1] as bigint) - (timestamps[i] as bigint);
  return Number(sum);
}
