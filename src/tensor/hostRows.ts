/** Rows of a parameter in host memory: whether they fit where they are to be written, and the floats they stand for. */

import { assert } from '../base/assert.ts';
import { halfToFloat } from '../base/half.ts';
import { formatShape, lastAxis, rows, size } from '../base/shapes.ts';
import { GROUP, type HostTensor, type Tensor } from './tensor.ts';

/** Parts of a split parameter begin at multiples of this, so that rows of every storage begin at whole words. */
export const ROW_STEP = 4;

/** Scales per row of q8: one per GROUP values, the last group may be shorter. */
export function groupsOf(width: number): number {
  return Math.ceil(width / GROUP);
}

/** Fails unless host values have as many numbers as their shape says, scales included. */
export function checkHost(host: HostTensor, label: string): void {
  const { data, shape } = host;
  const asked = formatShape(shape);
  assert(data.length === size(shape), `${label}: ${data.length} values for shape ${asked}`);
  if (host.dtype !== 'q8') return;
  const scales = rows(shape) * groupsOf(lastAxis(shape));
  assert(host.scales.length === scales, `${label}: ${host.scales.length} scales for shape ${asked}`);
}

/** Fails unless `host` may be written at `firstRow` of the parameter, as `Backend.write` demands. */
export function checkRows(parameter: Tensor, firstRow: number, host: HostTensor): void {
  const { label, dtype, shape } = parameter;
  const [last, total] = [firstRow + rows(host.shape), rows(shape)];
  const what = `${label}: rows ${firstRow} to ${last} of ${total}`;
  assert(host.dtype === dtype, `${what} are ${host.dtype}, not ${dtype}`);
  assert(lastAxis(host.shape) === lastAxis(shape), `${what} have shape ${formatShape(host.shape)}`);
  assert(firstRow % ROW_STEP === 0 && firstRow >= 0 && last <= total, `${what} cannot be written`);
  assert(
    last % ROW_STEP === 0 || last === total,
    `${what} end neither at a multiple of 4 nor with the parameter`,
  );
  checkHost(host, label);
}

/** The numbers that f32, f16 or q8 values stand for, rounded as a device rounds them. */
export function decode(host: HostTensor): Float32Array {
  assert(host.dtype !== 'u32', 'ids stand for no floats');
  if (host.dtype === 'f32') return host.data.slice();
  if (host.dtype === 'f16') return Float32Array.from(host.data, halfToFloat);
  const [width, groups] = [lastAxis(host.shape), groupsOf(lastAxis(host.shape))];
  return Float32Array.from(host.data, (value, i) => {
    const group = Math.floor(i / width) * groups + Math.floor((i % width) / GROUP);
    return Math.fround(value / 127) * (host.scales[group] as number);
  });
}
