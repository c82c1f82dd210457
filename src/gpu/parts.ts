/** Kernels that read a parameter: one variant per storage, and the part of it that they see. */

import partWgsl from '../../shaders/lib/part.wgsl?raw';
import weightF16 from '../../shaders/lib/weight.f16.wgsl?raw';
import weightF32 from '../../shaders/lib/weight.f32.wgsl?raw';
import weightQ8 from '../../shaders/lib/weight.q8.wgsl?raw';
import weight4F16 from '../../shaders/lib/weight4.f16.wgsl?raw';
import weight4F32 from '../../shaders/lib/weight4.f32.wgsl?raw';
import weight4Q8 from '../../shaders/lib/weight4.q8.wgsl?raw';
import { assert } from '../base/assert.ts';
import type { StorageDType } from '../tensor/params.ts';
import type { DType } from '../tensor/tensor.ts';
import type { Kernel } from './kernel.ts';

/** Rows first … first + rows − 1 of a matrix of some width, in one buffer. */
export interface Rows {
  readonly dtype: DType;
  readonly width: number;
  readonly first: number;
  readonly rows: number;
}

export type KernelByStorage = Readonly<Record<StorageDType, Kernel>>;

/** How kernels read a parameter: an element, or four neighbours of a row at once. */
export const WEIGHT = { f32: weightF32, f16: weightF16, q8: weightQ8 };
export const WEIGHT4 = { f32: weight4F32, f16: weight4F16, q8: weight4Q8 };

/** The variants of a kernel, whose second binding (number 1) is the parameter that `read` declares. */
export function byStorage(kernel: Kernel, read: Readonly<Record<StorageDType, string>>): KernelByStorage {
  const variant = (dtype: StorageDType): Kernel => ({
    ...kernel,
    name: `${kernel.name} (${dtype})`,
    wgsl: [kernel.wgsl, partWgsl, read[dtype]].join('\n'),
  });
  return { f32: variant('f32'), f16: variant('f16'), q8: variant('q8') };
}

/** The variant that reads these rows. */
export function variantFor(kernels: KernelByStorage, { dtype }: Rows): Kernel {
  assert(dtype !== 'u32', 'ids are no parameter');
  return kernels[dtype];
}

/** Bytes of the q8 values of some rows: the scales begin behind them. */
export function valueBytes({ rows, width }: Pick<Rows, 'rows' | 'width'>): number {
  return 4 * Math.ceil((rows * width) / 4);
}

/** `Part` of shaders/lib/part.wgsl: what the uniform block of these kernels begins with. */
export function partUniforms(part: Rows): readonly number[] {
  return [part.width, part.first, part.rows, valueBytes(part) / 4];
}
