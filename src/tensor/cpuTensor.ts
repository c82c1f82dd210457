/** Tensors of the CPU backend: plain arrays behind the `Tensor` handle. */

import { assert } from '../base/assert.ts';
import { halfToFloat } from '../base/half.ts';
import { formatShape, type Shape, size } from '../base/shapes.ts';
import type { DType, HostTensor, Tensor } from './tensor.ts';

/** A tensor whose values are at hand. f16 weights are decoded on upload, so that their rounded values are what is used. */
export class CpuTensor implements Tensor {
  released = false;

  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
    readonly label: string,
    readonly data: Float32Array | Uint32Array,
  ) {
    assert(size(shape) === data.length, `${label}: ${data.length} values for shape ${formatShape(shape)}`);
  }

  static fromHost(host: HostTensor, label: string): CpuTensor {
    const data = host.dtype === 'f16' ? Float32Array.from(host.data, halfToFloat) : host.data.slice();
    return new CpuTensor(host.shape, host.dtype, label, data);
  }
}

function values(tensor: Tensor): Float32Array | Uint32Array {
  assert(tensor instanceof CpuTensor, `${tensor.label} belongs to another backend`);
  assert(!tensor.released, `${tensor.label} was used after its release`);
  return tensor.data;
}

/** The floats of a CPU tensor. */
export function floats(tensor: Tensor): Float32Array {
  const data = values(tensor);
  assert(data instanceof Float32Array, `${tensor.label} holds ids, not floats`);
  return data;
}

/** The ids of a CPU tensor. */
export function ids(tensor: Tensor): Uint32Array {
  const data = values(tensor);
  assert(data instanceof Uint32Array, `${tensor.label} holds floats, not ids`);
  return data;
}
