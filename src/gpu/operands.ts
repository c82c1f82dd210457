/** What ops check of their operands before anything is recorded. */

import { assert } from '../base/assert.ts';
import { formatShape, lastAxis, rows, type Shape, size } from '../base/shapes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type GpuTensor, gpuTensor } from './gpuTensor.ts';
import { lanesFor } from './kernel.ts';

export function floats(tensor: Tensor, label: string): GpuTensor {
  assert(tensor.dtype === 'f32', `${label}: ${tensor.label} is ${tensor.dtype}, not f32`);
  return gpuTensor(tensor);
}

export function idsOf(tensor: Tensor, label: string): GpuTensor {
  assert(tensor.dtype === 'u32', `${label}: ${tensor.label} is ${tensor.dtype}, not ids`);
  return gpuTensor(tensor);
}

/** A parameter, or any other floats in its place. */
export function matrix(tensor: Tensor, label: string): GpuTensor {
  assert(tensor.dtype !== 'u32', `${label}: ${tensor.label} holds ids, not floats`);
  return gpuTensor(tensor);
}

export function reduction(x: GpuTensor): { r: number; n: number; lanes: number } {
  const n = lastAxis(x.shape);
  return { r: rows(x.shape), n, lanes: lanesFor(n) };
}

export function onePerRow(tensor: GpuTensor, x: GpuTensor, label: string): void {
  assert(
    size(tensor.shape) === rows(x.shape),
    `${label}: ${tensor.label} ${formatShape(tensor.shape)} for the rows of ${formatShape(x.shape)}`,
  );
}

export function headShape(shape: Shape, nHeads: number, label: string) {
  const [batch, pos, d] = shape;
  assert(
    batch && pos && d && shape.length === 3 && d % nHeads === 0,
    `${label}: ${formatShape(shape)}, ${nHeads} heads`,
  );
  return { batch, pos, d, dHead: d / nHeads };
}
