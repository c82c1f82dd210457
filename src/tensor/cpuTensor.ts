/** Tensors of the CPU backend: plain arrays behind the `Tensor` handle. */

import { assert } from '../base/assert.ts';
import { formatShape, lastAxis, type Shape, size } from '../base/shapes.ts';
import { checkHost, checkRows, decode } from './hostRows.ts';
import type { StorageDType } from './params.ts';
import type { DType, HostTensor, Tensor } from './tensor.ts';

/** A tensor whose values are at hand. f16 and q8 are decoded on arrival, so that their rounded values are what is used. */
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
    checkHost(host, label);
    const data = host.dtype === 'u32' ? host.data.slice() : decode(host);
    return new CpuTensor(host.shape, host.dtype, label, data);
  }

  /** A parameter with no values yet: zeros. */
  static allocate(shape: Shape, dtype: StorageDType, label: string): CpuTensor {
    return new CpuTensor(shape, dtype, label, new Float32Array(size(shape)));
  }

  /** Writes rows as `Backend.write` does. */
  write(firstRow: number, host: HostTensor): void {
    checkRows(this, firstRow, host);
    floats(this).set(decode(host), firstRow * lastAxis(this.shape));
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
