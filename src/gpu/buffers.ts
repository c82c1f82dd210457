/** GPU memory: buffers in size buckets, reused in the order of the recorded work, with a ledger of bytes. */

import { assert } from '../base/assert.ts';
import { DeviceError } from '../base/errors.ts';
import type { Faults } from './faults.ts';

/** What a buffer is for: tensors, uniform blocks, or bringing results back. */
export type Use = 'storage' | 'uniform' | 'staging';

/** A buffer and what the ledger knows of it. */
export interface Allocation {
  /** No other allocation of the pool ever has it. */
  readonly id: number;
  readonly buffer: GPUBuffer;
  /** Size of the buffer, at least what was asked for. */
  readonly bytes: number;
  readonly use: Use;
  /** Of these, the bytes that whoever has it asked for; 0 while it is free. */
  serves: number;
  /** How many submits there had been when it was given back. */
  releasedAt: number;
  /** Set when the device turned out to have no memory for it. */
  fault: DeviceError | null;
}

/** Free buffers beyond this are destroyed, the longest unused first. */
const KEEP_FREE_BYTES = 256 * 2 ** 20;

/**
 * All buffers together may be so many times the most that was ever asked for at once: a steady workload goes through
 * phases of other sizes and must find all its buffers again, while prompt after prompt takes no more memory.
 */
const HEADROOM = 1.25;
/** Or so much more, where a quarter of a tiny model would be next to nothing. */
const HEADROOM_BYTES = 2 ** 20;

/**
 * A free buffer serves what is up to so many times smaller: prompts of other lengths, and the phases of a run, share
 * memory. Where a new buffer would be more than was ever needed, it serves anything smaller.
 */
const MOST_SLACK = 4;

export class BufferPool {
  readonly #device: GPUDevice;
  readonly #faults: Faults;
  /** Free buffers by use, in the order in which they were given back. */
  readonly #free: Record<Use, Allocation[]> = { storage: [], uniform: [], staging: [] };
  #made = 0;
  #epoch = 0;
  #recording = false;
  #allocatedBytes = 0;
  #freeBytes = 0;
  #servedBytes = 0;
  /** The most that was ever asked for at once. */
  #mostServed = 0;

  constructor(device: GPUDevice, faults: Faults) {
    this.#device = device;
    this.#faults = faults;
  }

  /** Bytes of all buffers that exist, free ones included. */
  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  /** The most bytes that were ever asked for at once. */
  get mostServed(): number {
    return this.#mostServed;
  }

  /** Bytes of the buffers waiting for reuse. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /**
   * A buffer of at least `bytes`. Its old contents may still be in use by work recorded earlier, which is no matter
   * to work recorded later; `idle` asks for one that no unsubmitted work touches, for writing from the host.
   * Throws DeviceError beyond the device's limits.
   */
  take(bytes: number, use: Use, label: string, idle = false): Allocation {
    const size = bucket(bytes);
    const full = this.#allocatedBytes + size > this.#mostServed;
    const reused =
      this.#bestFit(size, use, idle, MOST_SLACK) ?? (full ? this.#bestFit(size, use, idle) : null);
    if (!reused) return this.create(size, use, label, bytes);
    this.#unlist(reused);
    this.#serve(reused, size);
    reused.buffer.label = label; // for validation errors and GPU tools
    return reused;
  }

  /**
   * The smallest free buffer that holds so much and is at most `slack` times as large; of several the oldest, whatever the
   * order they were given back in: so the same work done again finds the same buffers, and bind groups made for them.
   */
  #bestFit(size: number, use: Use, idle: boolean, slack = Infinity): Allocation | null {
    let best: Allocation | null = null;
    for (const free of this.#free[use]) {
      if (free.bytes < size || free.bytes > slack * size || (idle && !this.#isIdle(free))) continue;
      if (!best || free.bytes < best.bytes || (free.bytes === best.bytes && free.id < best.id)) best = free;
    }
    return best;
  }

  /** Notes what an allocation is used for from now on. */
  #serve(allocation: Allocation, bytes: number): void {
    this.#servedBytes += bytes - allocation.serves;
    allocation.serves = bytes;
    this.#mostServed = Math.max(this.#mostServed, this.#servedBytes);
  }

  /** A new buffer of just this size, which never becomes anything else's: for parameters. */
  create(size: number, use: Use, label: string, asked = size): Allocation {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const allowed = use === 'storage' ? Math.min(maxBufferSize, maxStorageBufferBindingSize) : maxBufferSize;
    if (size > allowed) {
      throw new DeviceError(
        `${label} needs ${megabytes(asked)} in one buffer, but this device allows ${megabytes(allowed)}. ` +
          'Use a shorter prompt, a smaller model or 16-bit weights.',
        { label, bytes: asked, allowed },
      );
    }
    const buffer = this.#faults.scope(
      'out-of-memory',
      () => this.#device.createBuffer({ label, size, usage: usageOf(use) }),
      (error) => {
        allocation.fault = new DeviceError(
          `The graphics device has no memory left for ${label} (${megabytes(asked)}, on top of ` +
            `${megabytes(this.#allocatedBytes - size)}). Unload a model, use a shorter prompt or 16-bit weights, ` +
            'or close other pages that use the graphics card.',
          { label, bytes: asked, allocated: this.#allocatedBytes - size, reason: error.message },
        );
        if (this.#unlist(allocation)) this.destroy(allocation);
      },
    );
    const id = this.#made++;
    const allocation: Allocation = { id, buffer, bytes: size, use, serves: 0, releasedAt: 0, fault: null };
    this.#allocatedBytes += size;
    this.#serve(allocation, size);
    return allocation;
  }

  /** Gives a buffer back for reuse by work recorded from now on. */
  give(allocation: Allocation): void {
    if (allocation.fault) {
      this.destroy(allocation);
      return;
    }
    this.#serve(allocation, 0);
    allocation.releasedAt = this.#epoch;
    this.#free[allocation.use].push(allocation);
    this.#freeBytes += allocation.bytes;
    if (!this.#recording) this.#trim();
  }

  /** Destroys a buffer that no unsubmitted work touches. */
  destroy(allocation: Allocation): void {
    this.#serve(allocation, 0);
    allocation.buffer.destroy();
    this.#allocatedBytes -= allocation.bytes;
    assert(this.#allocatedBytes >= 0, 'the ledger of GPU bytes went below 0');
  }

  /** Work is recorded that is not yet submitted. */
  recording(): void {
    this.#recording = true;
  }

  /** Everything recorded so far is submitted: what is free is idle, and what is too much can go. */
  submitted(): void {
    this.#recording = false;
    this.#epoch++;
    this.#trim();
  }

  /**
   * Nothing unsubmitted touches what is free: what is too much goes, the longest unused first, but nothing larger than
   * need be, since a large buffer is what the next long prompt asks for.
   */
  #trim(): void {
    const excess = () =>
      Math.max(this.#freeBytes - KEEP_FREE_BYTES, this.#allocatedBytes - this.#allowedBytes());
    if (excess() <= 0) return;
    const oldestFirst = Object.values(this.#free)
      .flat()
      .sort((a, b) => a.releasedAt - b.releasedAt);
    for (const free of oldestFirst) if (free.bytes <= excess()) this.#drop(free);
    const smallestFirst = Object.values(this.#free)
      .flat()
      .sort((a, b) => a.bytes - b.bytes);
    for (const free of smallestFirst) if (free.bytes <= 2 * excess()) this.#drop(free);
  }

  #allowedBytes(): number {
    return Math.max(HEADROOM * this.#mostServed, this.#mostServed + HEADROOM_BYTES);
  }

  #drop(free: Allocation): void {
    this.#unlist(free);
    this.destroy(free);
  }

  /** Whether no unsubmitted work touches a free buffer. */
  #isIdle(free: Allocation): boolean {
    return !this.#recording || free.releasedAt < this.#epoch;
  }

  /** Takes a buffer off the free list; false where it is not on it. */
  #unlist(allocation: Allocation): boolean {
    const list = this.#free[allocation.use];
    const found = list.indexOf(allocation);
    if (found < 0) return false;
    list.splice(found, 1);
    this.#freeBytes -= allocation.bytes;
    return true;
  }
}

/** Rounds up to one of eight sizes per power of two (at most an eighth is wasted), 256 bytes at least. */
function bucket(bytes: number): number {
  const step = 2 ** Math.max(8, Math.floor(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}

function usageOf(use: Use): GPUBufferUsageFlags {
  if (use === 'staging') return GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  if (use === 'uniform') return GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
  return GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
}

/** As messages print it. */
export function megabytes(bytes: number): string {
  return bytes < 1e5 ? `${bytes} bytes` : `${(bytes / 1e6).toPrecision(3)} MB`;
}
