/** What the kernels of GPUs share: inputs and weights read four by four, whether or not the widths allow it. */

import aloneWgsl from '../../../shaders/lib/alone.wgsl?raw';
import asIsWgsl from '../../../shaders/lib/asIs.wgsl?raw';
import epilogueWgsl from '../../../shaders/lib/epilogue.wgsl?raw';
import foursWgsl from '../../../shaders/lib/fours.wgsl?raw';
import foursAnyWgsl from '../../../shaders/lib/foursAny.wgsl?raw';
import geluWgsl from '../../../shaders/lib/gelu.wgsl?raw';
import normedWgsl from '../../../shaders/lib/normed.wgsl?raw';
import subgroupsWgsl from '../../../shaders/lib/subgroups.wgsl?raw';
import { byStorage, type KernelByStorage, type Rows, WEIGHT, WEIGHT4 } from '../parts.ts';
import { unroll } from '../unroll.ts';
import { LINEAR_BINDINGS, type LinearShape } from './linear.ts';

/** How a product reads: `fours` at once where `inFours`, else one by one; normed on the way where `normed`. */
export interface Reading {
  readonly fours: boolean;
  readonly normed: boolean;
}

/** How lanes add up what they hold: through workgroup memory alone, or within their subgroups first. */
export type Lanes = 'alone' | 'subgroups';

/** Goes in front of everything else: what WGSL enables stands there. */
export const LIBRARIES: Readonly<Record<Lanes, string>> = { alone: aloneWgsl, subgroups: subgroupsWgsl };

/** Whether x and W can be read four numbers at a time: no four of them cross a row, a group or the window's start. */
export function inFours(part: Rows, { depth, start }: Pick<LinearShape, 'depth' | 'start'>): boolean {
  return [part.width, part.first, part.rows, depth, start].every((n) => n % 4 === 0);
}

/** WGSL constants: what arrays of workgroup memory and loops are sized by. */
export type Sizes = Readonly<Record<string, number>>;

function withSizes(sizes: Sizes, parts: readonly string[], lanes?: Lanes): string {
  const constants = Object.entries(sizes).map(([name, value]) => `const ${name} = ${value}u;`);
  return [...(lanes ? [LIBRARIES[lanes]] : []), ...constants, ...parts].join('\n');
}

/** The variants of a kernel x·W; its lines with {r} are repeated. With `normed`, gain is in place of residual, shift behind third. */
export function productKernel(
  name: string,
  wgsl: string,
  repeats: number,
  sizes: Sizes,
  { fours, normed }: Reading,
  lanes?: Lanes,
): KernelByStorage {
  const parts = [
    unroll(wgsl, 'r', repeats),
    normed ? normedWgsl : asIsWgsl,
    fours ? foursWgsl : foursAnyWgsl,
    geluWgsl,
    epilogueWgsl,
  ];
  const title = [name, normed && 'normed', fours || 'any', lanes].filter((word) => typeof word === 'string');
  const bindings = normed ? ([...LINEAR_BINDINGS, 'read'] as const) : LINEAR_BINDINGS;
  const kernel = { name: title.join(' '), wgsl: withSizes(sizes, parts, lanes), bindings, constants: {} };
  return byStorage(kernel, fours ? WEIGHT4 : WEIGHT);
}

/** The variants of a kernel x·Wᵀ; its lines with {r} are repeated. */
export function transposedKernel(
  name: string,
  wgsl: string,
  repeats: number,
  sizes: Sizes,
  fours: boolean,
  lanes?: Lanes,
): KernelByStorage {
  const parts = [unroll(wgsl, 'r', repeats), fours ? foursWgsl : foursAnyWgsl];
  const title = [name, fours || 'any', lanes].filter((word) => typeof word === 'string');
  const bindings = ['read', 'read', 'write'] as const;
  const kernel = { name: title.join(' '), wgsl: withSizes(sizes, parts, lanes), bindings, constants: {} };
  return byStorage(kernel, fours ? WEIGHT4 : WEIGHT);
}
