/** A handle to values on some device, and the labelled arrays that leave it. */

import { assert } from '../base/assert.ts';
import { type Shape, size } from '../base/shapes.ts';

/**
 * How the values of a tensor are stored. f16 and q8 are for weights only, decoded as they are read. q8: whole numbers
 * of −127…127, times a scale per GROUP values of a row.
 */
export type DType = 'f32' | 'f16' | 'q8' | 'u32';

/** Neighbours along a row that share a q8 scale; the last group of a row may be shorter. 8.5 bits a weight. */
export const GROUP = 64;

/**
 * Opaque handle: which memory is behind it is the business of the `Ops` that made it.
 * Row-major; `shape` counts elements whatever the storage.
 */
export interface Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** For people and for GPU tools: a hook name or a parameter name. */
  readonly label: string;
}

/**
 * Values in host memory on their way to a device. For f16, `data` holds the raw half bits, one per element. For q8,
 * element (r, c) is data[r, c]/127 · scales[r, ⌊c/GROUP⌋]: a scale is the largest magnitude of its group.
 */
export type HostTensor =
  | { readonly dtype: 'f32'; readonly shape: Shape; readonly data: Float32Array }
  | { readonly dtype: 'f16'; readonly shape: Shape; readonly data: Uint16Array }
  | { readonly dtype: 'q8'; readonly shape: Shape; readonly data: Int8Array; readonly scales: Float32Array }
  | { readonly dtype: 'u32'; readonly shape: Shape; readonly data: Uint32Array };

/** Plain result data whose axes travel with it: `axes[i]` names axis i of `shape`. */
export interface LabelledTensor {
  readonly axes: readonly string[];
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Builds a `LabelledTensor`, checking that axes, shape and data agree. */
export function labelled(axes: readonly string[], shape: Shape, data: Float32Array): LabelledTensor {
  assert(axes.length === shape.length, `axes ${axes.join()} for shape ${shape.join()}`);
  assert(size(shape) === data.length, `${data.length} values for shape ${shape.join()}`);
  return { axes, shape: [...shape], data };
}

/** Second − first, number by number, of two of one shape. */
export function difference({ axes, shape, data }: LabelledTensor, second: LabelledTensor): LabelledTensor {
  return labelled(
    axes,
    shape,
    second.data.map((value, i) => value - (data[i] as number)),
  );
}
