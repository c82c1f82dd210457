/** Work recorded in order and handed to the device in one submit: one encoder, one compute pass. */

import { assert } from '../base/assert.ts';
import { DeviceError } from '../base/errors.ts';
import { BindGroups } from './bindGroups.ts';
import type { Allocation, BufferPool } from './buffers.ts';
import type { Faults } from './faults.ts';
import { type Dispatch, MAX_WORKGROUPS } from './kernel.ts';
import type { Pipelines } from './pipelines.ts';

/** Memory as a kernel or a copy sees it: the first `bytes` of a buffer, which may belong to another tensor later on. */
export interface Binding {
  readonly allocation: Allocation;
  readonly bytes: number;
}

/** Room for one kernel's shapes. */
const UNIFORM_BYTES = 256;

interface Step {
  readonly dispatch: Dispatch;
  readonly bindings: readonly Binding[];
  readonly label: string;
}

/** A tensor to copy to a place in a staging buffer once the recorded work is done. */
export interface Readback {
  readonly from: Binding;
  readonly to: Allocation;
  readonly at: number;
}

/**
 * There is one recorder per device, shared by all arenas: the order of recording is the order of execution, so a
 * buffer given back may be reused by anything recorded later.
 */
export class Recorder {
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #pool: BufferPool;
  readonly #faults: Faults;
  #steps: Step[] = [];
  #work = 0;
  /** The first submit that the device refused: a bug, so that nothing computed after it can be trusted. */
  refused: DeviceError | null = null;
  dispatches = 0;
  submits = 0;
  readonly #bindGroups: BindGroups;

  constructor(device: GPUDevice, pipelines: Pipelines, pool: BufferPool, faults: Faults) {
    this.#device = device;
    this.#pipelines = pipelines;
    this.#pool = pool;
    this.#faults = faults;
    this.#bindGroups = new BindGroups(device);
  }

  get bindGroupsMade(): number {
    return this.#bindGroups.made;
  }

  /** Multiply-adds recorded since the last submit. */
  get work(): number {
    return this.#work;
  }

  /** Records one dispatch; `tensors` in the order of the kernel's bindings. Executed by the next `flush`. */
  record(dispatch: Dispatch, tensors: readonly Binding[], label: string): void {
    const { kernel, grid } = dispatch;
    assert(
      tensors.length === kernel.bindings.length,
      `${label}: ${tensors.length} tensors for ${kernel.name}`,
    );
    assert(
      grid.every((workgroups) => workgroups >= 1 && workgroups <= MAX_WORKGROUPS),
      `${label}: a grid of ${grid.join(' × ')} workgroups for ${kernel.name}`,
    );
    const bindings = tensors.map(({ allocation, bytes }) => ({ allocation, bytes }));
    this.#steps.push({ dispatch, bindings, label });
    this.#work += dispatch.work;
    this.#pool.recording();
  }

  /** Submits everything recorded, then the copies. Does nothing when there is nothing. */
  flush(readbacks: readonly Readback[] = []): void {
    const steps = this.#steps;
    if (steps.length + readbacks.length === 0) return;
    this.#steps = [];
    this.#work = 0;
    this.#faults.scope(
      'validation',
      () => this.#submit(steps, readbacks),
      (error) => {
        const used = steps.flatMap(({ bindings }) => bindings.map(({ allocation }) => allocation));
        used.push(...readbacks.flatMap(({ from, to }) => [from.allocation, to]));
        if (used.some(({ fault }) => fault)) return; // out of memory: told by the arena concerned
        this.refused ??= new DeviceError(
          `The graphics device refused the work: ${error.message} Reload the page; if it comes again, please report it.`,
          { lost: false, labels: steps.map(({ label }) => label) },
        );
      },
    );
    this.#pool.submitted();
    this.dispatches += steps.length;
    this.submits++;
  }

  #submit(steps: readonly Step[], readbacks: readonly Readback[]): void {
    const encoder = this.#device.createCommandEncoder({ label: steps[0]?.label ?? 'read' });
    if (steps.length > 0) this.#encode(encoder, steps);
    for (const { from, to, at } of readbacks) {
      encoder.copyBufferToBuffer(from.allocation.buffer, 0, to.buffer, at, from.bytes);
    }
    this.#device.queue.submit([encoder.finish()]);
  }

  #encode(encoder: GPUCommandEncoder, steps: readonly Step[]): void {
    const slot = Math.max(this.#device.limits.minUniformBufferOffsetAlignment, UNIFORM_BYTES);
    const words = new Uint32Array((steps.length * slot) / 4);
    for (const [i, { dispatch }] of steps.entries()) words.set(dispatch.uniforms, (i * slot) / 4);
    const uniforms = this.#pool.take(words.byteLength, 'uniform', 'uniforms', true);
    this.#device.queue.writeBuffer(uniforms.buffer, 0, words);

    const pass = encoder.beginComputePass({ label: steps[0]?.label });
    steps.forEach(({ dispatch, bindings }, i) => {
      const compiled = this.#pipelines.get(dispatch.kernel);
      pass.setPipeline(compiled.pipeline);
      pass.setBindGroup(0, this.#bindGroups.get(compiled, bindings, uniforms, slot), [i * slot]);
      pass.dispatchWorkgroups(...dispatch.grid);
    });
    pass.end();
    this.#pool.give(uniforms);
  }
}
