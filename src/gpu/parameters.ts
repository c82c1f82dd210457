/** Memory for parameters: exactly what they take, in parts where a matrix is beyond what a kernel may see at once. */

import { assert } from '../base/assert.ts';
import { DeviceError } from '../base/errors.ts';
import { lastAxis, rows, type Shape, size } from '../base/shapes.ts';
import { ROW_STEP } from '../tensor/hostRows.ts';
import { storageBytes } from '../tensor/params.ts';
import type { DType } from '../tensor/tensor.ts';
import { megabytes } from './buffers.ts';
import { brokenWait, type GpuContext } from './context.ts';
import { GpuTensor, type Part } from './gpuTensor.ts';

/** A device is asked for buffers of this size, as large as parameters are, to find out whether it has room. */
const PROBE_BYTES = 256 * 2 ** 20;

/** A parameter with no values yet. Throws DeviceError where not even ROW_STEP rows are within the binding limit. */
export function allocateParameter(context: GpuContext, shape: Shape, dtype: DType, label: string): GpuTensor {
  assert(size(shape) > 0, `${label}: an empty parameter`);
  const width = lastAxis(shape);
  const split = splitRows(shape, dtype, context.limits.bindingBytes, label);
  const parts = split.map(({ first, count }): Part => {
    const bytes = storageBytes([count, width], dtype);
    const name = split.length === 1 ? label : `${label}[${first}…${first + count})`;
    const allocation = context.pool.create(bytes, 'storage', name);
    return { dtype, width, first, rows: count, allocation, bytes };
  });
  return new GpuTensor(shape, dtype, label, parts);
}

/** As many rows to a part as are allowed. */
function splitRows(shape: Shape, dtype: DType, allowed: number, label: string) {
  const [total, width] = [rows(shape), lastAxis(shape)];
  if (storageBytes(shape, dtype) <= allowed) return [{ first: 0, count: total }];
  const step = storageBytes([Math.min(ROW_STEP, total), width], dtype);
  if (step > allowed) {
    throw new DeviceError(
      `${label} needs ${megabytes(step)} for ${Math.min(ROW_STEP, total)} of its rows, but this device allows ` +
        `${megabytes(allowed)} at once. Keep the weights in fewer bits, or use a smaller model.`,
      { label, bytes: step, allowed },
    );
  }
  const most = ROW_STEP * Math.floor(allowed / step);
  return Array.from({ length: Math.ceil(total / most) }, (_, i) => ({
    first: i * most,
    count: Math.min(most, total - i * most),
  }));
}

/**
 * Asks for that much memory and gives it back; whether all of it was granted. An adapter in software would take it from
 * the machine, slowly and until the system ends it, so there a share of what the browser says there is must do.
 */
export async function hasRoom(context: GpuContext, bytes: number): Promise<boolean> {
  const { open, limits, pool } = context;
  if (open.adapter.isFallback) return pool.allocatedBytes + bytes <= softwareRoom();
  const most = Math.min(PROBE_BYTES, limits.bufferBytes);
  const granted: GPUBuffer[] = [];
  try {
    for (let left = bytes; left > 0; left -= most) {
      const size = 4 * Math.ceil(Math.min(left, most) / 4);
      open.device.pushErrorScope('out-of-memory');
      granted.push(open.device.createBuffer({ label: 'room', size, usage: GPUBufferUsage.STORAGE }));
      if (await open.device.popErrorScope()) return false;
    }
    return true;
  } catch (cause) {
    throw await brokenWait(context, cause);
  } finally {
    for (const buffer of granted) buffer.destroy();
  }
}

/** Half of the machine's memory, as the browser rounds it; of 4 GiB where it does not say. */
function softwareRoom(): number {
  const { deviceMemory = 4 } = navigator as Navigator & { deviceMemory?: number };
  return (deviceMemory * 2 ** 30) / 2;
}
