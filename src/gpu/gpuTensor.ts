/** Tensors of the WebGPU backend: a buffer behind the `Tensor` handle. */

import { assert, must } from '../base/assert.ts';
import { type Shape, size } from '../base/shapes.ts';
import type { DType, HostTensor, Tensor } from '../tensor/tensor.ts';
import type { Allocation } from './buffers.ts';

export class GpuTensor implements Tensor {
  #allocation: Allocation | null;

  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
    readonly label: string,
    allocation: Allocation,
  ) {
    this.#allocation = allocation;
  }

  /** Bytes of the values; the buffer may be larger. */
  get bytes(): number {
    return bytesOf(this.shape, this.dtype);
  }

  get released(): boolean {
    return this.#allocation === null;
  }

  get allocation(): Allocation {
    return must(this.#allocation, `${this.label} was used after its release`);
  }

  /** Gives up the buffer, for whoever takes care of it. */
  release(): Allocation {
    const { allocation } = this;
    this.#allocation = null;
    return allocation;
  }
}

/** The handle as this backend's tensor, still alive. */
export function gpuTensor(tensor: Tensor): GpuTensor {
  assert(tensor instanceof GpuTensor, `${tensor.label} belongs to another backend`);
  assert(!tensor.released, `${tensor.label} was used after its release`);
  return tensor;
}

/** Bytes on the device. f16 values lie two per 32-bit word, so an odd count is padded. */
export function bytesOf(shape: Shape, dtype: DType): number {
  return dtype === 'f16' ? 4 * Math.ceil(size(shape) / 2) : 4 * size(shape);
}

/** The bytes of host values as the device keeps them. */
export function hostBytes({ data, shape, dtype }: HostTensor, label: string): Uint8Array<ArrayBuffer> {
  assert(
    data.length === size(shape) && data.length > 0,
    `${label}: ${data.length} values for shape [${shape.join(', ')}]`,
  );
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  const padded = bytesOf(shape, dtype);
  if (bytes.length === padded) return bytes;
  const copy = new Uint8Array(padded);
  copy.set(bytes);
  return copy;
}
