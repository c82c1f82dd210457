/** x·W + b of any widths on a window of columns, or group by group, and what follows from it: a register tile per invocation. */

import epilogueWgsl from '../../../shaders/lib/epilogue.wgsl?raw';
import geluWgsl from '../../../shaders/lib/gelu.wgsl?raw';
import wgsl from '../../../shaders/linear.wgsl?raw';
import { type Dispatch, f32Bits } from '../kernel.ts';
import { byStorage, partUniforms, type Rows, variantFor, WEIGHT } from '../parts.ts';
import { unroll } from '../unroll.ts';

const LANES = 16;
/** Columns of the tile. */
const COLUMNS = 8;

/** x, W, b, residual, y, second, third: alike in every kernel of products. */
export const LINEAR_BINDINGS = ['read', 'read', 'read', 'read', 'write', 'write', 'write'] as const;

const TILE = 8;

export const linearKernel = byStorage(
  {
    name: 'linear',
    wgsl: [`const TILE = ${TILE}u;`, unroll(wgsl, 'r', TILE), geluWgsl, epilogueWgsl].join('\n'),
    bindings: LINEAR_BINDINGS,
    constants: { LANES },
  },
  WEIGHT,
);

export interface LinearShape {
  readonly rows: number;
  readonly groups: number;
  /** Inputs of one group. */
  readonly depth: number;
  /** The window of W's columns that is wanted. */
  readonly start: number;
  readonly count: number;
}

/** What becomes of the sums: shaders/lib/epilogue.wgsl. */
export type Epilogue =
  | { readonly kind: 'plain' }
  | { readonly kind: 'gelu' | 'add'; readonly both: boolean }
  | { readonly kind: 'thirds'; readonly past: number };

const EPILOGUE = { plain: 0, gelu: 1, add: 2, thirds: 3 };

/** What the sums are added to; `y` is what y holds already. */
const ONTO = { nothing: 0, b: 1, y: 2 };
export type Onto = keyof typeof ONTO;

/**
 * Tensors: x [rows, groups·depth], a part of W [groups·depth, width], b [width] (any unless onto b), residual (any
 * unless `add`), y [rows, groups, count], second, third (any unless the epilogue writes them).
 */
export function linear(
  part: Rows,
  shape: LinearShape,
  onto: Onto,
  epilogue: Epilogue = { kind: 'plain' },
): Dispatch {
  const { rows, groups, count } = shape;
  return {
    kernel: variantFor(linearKernel, part),
    uniforms: linearUniforms(part, shape, onto, epilogue),
    grid: [Math.ceil(count / (COLUMNS * LANES)), Math.ceil(rows / TILE), groups],
    work: rows * part.rows * count,
  };
}

/** What only some kernels of products do: share sums between workgroups, norm what they load (eps null: linear). */
export interface LinearExtras {
  readonly slices?: number;
  readonly eps?: number | null;
}

/** `Shape` of shaders/lib/epilogue.wgsl. */
export function linearUniforms(
  part: Rows,
  { rows, groups, depth, start, count }: LinearShape,
  onto: Onto,
  epilogue: Epilogue,
  { slices = 1, eps = null }: LinearExtras = {},
): readonly number[] {
  const both = 'both' in epilogue && epilogue.both;
  const past = 'past' in epilogue ? epilogue.past : 0;
  return [
    ...partUniforms(part),
    ...[rows, groups, depth, start, count],
    ...[ONTO[onto], EPILOGUE[epilogue.kind], Number(both), past],
    ...[slices, Number(eps !== null), f32Bits(eps ?? 0)],
  ];
}
