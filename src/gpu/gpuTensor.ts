/** Tensors of the WebGPU backend: buffers behind the `Tensor` handle. */

import { assert, must } from '../base/assert.ts';
import type { Shape } from '../base/shapes.ts';
import type { DType, Tensor } from '../tensor/tensor.ts';
import type { Allocation } from './buffers.ts';
import type { Rows } from './parts.ts';
import type { Binding } from './recorder.ts';

/** Some rows of a tensor in a buffer of their own. */
export interface Part extends Rows, Binding {}

export class GpuTensor implements Tensor, Binding {
  #parts: readonly Part[] | null;

  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
    readonly label: string,
    parts: readonly Part[],
  ) {
    this.#parts = parts;
  }

  get released(): boolean {
    return this.#parts === null;
  }

  /** Its rows in order; all but large parameters lie in one part. */
  get parts(): readonly Part[] {
    return must(this.#parts, `${this.label} was used after its release`);
  }

  /** The buffer of a tensor that lies in one. */
  get allocation(): Allocation {
    return this.#whole.allocation;
  }

  /** Bytes of the values; the buffer may be larger. */
  get bytes(): number {
    return this.#whole.bytes;
  }

  get #whole(): Part {
    const [part, ...others] = this.parts;
    assert(part && others.length === 0, `${this.label} lies in ${others.length + 1} parts`);
    return part;
  }

  /** Gives up the buffers, for whoever takes care of them. */
  release(): readonly Allocation[] {
    const { parts } = this;
    this.#parts = null;
    return parts.map(({ allocation }) => allocation);
  }
}

/** The handle as this backend's tensor, still alive. */
export function gpuTensor(tensor: Tensor): GpuTensor {
  assert(tensor instanceof GpuTensor, `${tensor.label} belongs to another backend`);
  assert(!tensor.released, `${tensor.label} was used after its release`);
  return tensor;
}
