/** Kernels and dispatches as plain data: what a wrapper describes, and pipelines and recorder carry out. */

import flatWgsl from '../../shaders/lib/flat.wgsl?raw';

/** One compute shader with its constants fixed. Its entry point is `main`. */
export interface Kernel {
  /** The stem of its .wgsl file, and what is special about this variant. */
  readonly name: string;
  /** The whole source, shared WGSL joined in. */
  readonly wgsl: string;
  /** Storage bindings 0, 1, … in order; the uniform block with the shapes is the one after them. */
  readonly bindings: readonly ('read' | 'write')[];
  /** Values of the `override`s. */
  readonly constants: Readonly<Record<string, number>>;
}

/** Workgroups in x, y and z. */
export type Grid = readonly [x: number, y: number, z: number];

/** One use of a kernel on certain shapes; the tensors come beside it, in the order of the bindings. */
export interface Dispatch {
  readonly kernel: Kernel;
  /** The uniform block, word by word; floats through `f32Bits`. */
  readonly uniforms: readonly number[];
  readonly grid: Grid;
  /** Multiply-adds, roughly: what the time of a submit is estimated from. */
  readonly work: number;
}

/** Invocations per workgroup of one-dimensional kernels. */
const WORKGROUP = 64;
/** The most workgroups that every device takes in one dimension. */
export const MAX_WORKGROUPS = 65_535;

/** A kernel with one invocation per unit of work (shaders/lib/flat.wgsl is joined in). */
export function flatKernel(name: string, wgsl: string, bindings: Kernel['bindings']): Kernel {
  return { name, wgsl: `${wgsl}\n${flatWgsl}`, bindings, constants: { WORKGROUP } };
}

/** A dispatch of a flat kernel: the grid is folded where one dimension is too short. */
export function flatDispatch(
  kernel: Kernel,
  invocations: number,
  uniforms: readonly number[],
  work = invocations,
): Dispatch {
  const workgroups = Math.ceil(invocations / WORKGROUP);
  const y = Math.ceil(workgroups / MAX_WORKGROUPS);
  return { kernel, uniforms, grid: [Math.ceil(workgroups / y), y, 1], work };
}

/**
 * How many invocations share a row of length n in a reduction: enough to fill a GPU from few rows, and shares long
 * enough (32) that merging them stays the smaller part.
 */
export function lanesFor(n: number, most = 256): number {
  return Math.min(most, Math.ceil(n / 32));
}

const bits = new DataView(new ArrayBuffer(4));

/** The word that holds an f32 in a uniform block. */
export function f32Bits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getUint32(0);
}

/** The word of NaN, for kernels that must say it: WGSL cannot. */
export const NAN_BITS = 0x7fc00000;

/** `make` remembered by its arguments: one kernel object each, which is what pipelines are found by. */
export function remembered<A extends readonly unknown[], K>(make: (...args: A) => K): (...args: A) => K {
  const made = new Map<string, K>();
  return (...args) => {
    const key = JSON.stringify(args);
    const known = made.get(key) ?? make(...args);
    made.set(key, known);
    return known;
  };
}
