/** Families of kernels: the same ops over the same tensors, each written for another kind of device. */

import type { NormKind, StorageDType } from '../../tensor/params.ts';
import type { Dispatch, Kernel } from '../kernel.ts';
import type { AttentionShape } from '../kernels/attention.ts';
import type { Epilogue, LinearShape, Onto } from '../kernels/linear.ts';
import type { Rows } from '../parts.ts';

/**
 * `registers`: a tile of the result per invocation, no barrier. `tiles`: tiles in workgroup memory. `rows`: one to four
 * rows, the depth shared out between the lanes of a workgroup. `subgroups`: the same where lanes add up what they hold
 * within their subgroups first, for devices with that feature.
 */
export const FAMILY_NAMES = ['registers', 'tiles', 'rows', 'subgroups'] as const;
export type FamilyName = (typeof FAMILY_NAMES)[number];

/**
 * A product in two steps: `shares` leaves sums of parts of the depth in a scratch tensor that stands in the place of y,
 * `merge` reads it in the place of x.
 */
export interface SharedLinear {
  readonly shares: Dispatch;
  readonly merge: Dispatch;
  /** Floats of the scratch tensor. */
  readonly scratch: number;
}

/** Every family takes every shape and every storage; it may be slow where it was not written for it. */
export interface Family {
  readonly name: FamilyName;
  /** Tensors: as in kernels/linear.ts. */
  linear(part: Rows, shape: LinearShape, onto: Onto, epilogue: Epilogue): Dispatch | SharedLinear;
  /**
   * `linear` of one group whose inputs are normed as they are loaded; null where the norm is to be stored first. Tensors:
   * as in kernels/linear.ts with the gain in place of residual, and the norm's bias behind third.
   */
  readonly normedLinear:
    | ((part: Rows, shape: LinearShape, onto: Onto, epilogue: Epilogue, kind: NormKind) => Dispatch)
    | null;
  /** Tensors: x [rows, d], a part of W [n, d], y [rows, n]. */
  linearT(part: Rows, rows: number, n: number): Dispatch;
  /** Tensors: x [rows, d], w [d], b [d], y [rows, d], scale [rows]. eps null: linear. */
  norm(rows: number, d: number, eps: number | null): Dispatch;
  /** Tensors: dy, x [rows, d], w [d], dx [rows, d], dScale [rows]. eps null: linear. Compiled at its first use. */
  normBack(rows: number, d: number, eps: number | null): Dispatch;
  /** Tensors: q [batch, pos, heads·dHead], k, v [batch, room, heads·dHead], z like q. */
  attention(shape: AttentionShape): Dispatch;
  /** What a model of real sizes takes whose parameters are kept like this: for compiling ahead, the slowest first. */
  kernels(dtype: StorageDType, dHead: number): readonly Kernel[];
}

/** Whether a device with these features has what a family takes. */
export function takesFamily(features: ReadonlySet<string> | undefined, family: FamilyName): boolean {
  return family !== 'subgroups' || features?.has('subgroups') === true;
}

/** eps of a norm that divides; null of one that does not. */
export const epsOf = (kind: NormKind): number | null => (kind.kind === 'layer' ? kind.eps : null);
