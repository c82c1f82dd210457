/** Values on their way to a device and back: rows into the parts of a tensor, the bytes of its parts into floats. */

import { DeviceError } from '../base/errors.ts';
import { rows } from '../base/shapes.ts';
import { decode, groupsOf } from '../tensor/hostRows.ts';
import type { HostTensor } from '../tensor/tensor.ts';
import type { GpuContext } from './context.ts';
import type { GpuTensor, Part } from './gpuTensor.ts';
import { type Rows, valueBytes } from './parts.ts';

/** The most that is handed over in one write: larger ones make the browser hold a second copy of the whole. */
const WRITE_BYTES = 16 * 2 ** 20;

type Numbers = HostTensor['data'];

/** Writes rows `firstRow` … of a tensor, into each of its parts what falls in it. */
export function writeRows(context: GpuContext, tensor: GpuTensor, firstRow: number, host: HostTensor): void {
  const last = firstRow + rows(host.shape);
  for (const part of tensor.parts) {
    const [from, to] = [Math.max(firstRow, part.first), Math.min(last, part.first + part.rows)];
    if (from >= to) continue;
    const write = (start: number, data: Numbers, perRow: number) => {
      const own = data.subarray((from - firstRow) * perRow, (to - firstRow) * perRow);
      const at = start + (from - part.first) * perRow * data.BYTES_PER_ELEMENT;
      writeWords(context, part, at, own, tensor.label);
    };
    write(0, host.data, part.width);
    if (host.dtype === 'q8') write(valueBytes(part), host.scales, groupsOf(part.width));
  }
}

/** Hands values over without copying them, except the last few bytes where they end within a word. */
function writeWords(
  context: GpuContext,
  { allocation }: Part,
  at: number,
  data: Numbers,
  label: string,
): void {
  const { open, faults, recorder } = context;
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  const whole = bytes.length - (bytes.length % 4);
  const write = (from: number, source: Uint8Array<ArrayBuffer>) =>
    open.device.queue.writeBuffer(allocation.buffer, at + from, source);
  const writeAll = () => {
    for (let from = 0; from < whole; from += WRITE_BYTES) {
      write(from, bytes.subarray(from, Math.min(from + WRITE_BYTES, whole)));
    }
    if (whole === bytes.length) return;
    const word = new Uint8Array(4);
    word.set(bytes.subarray(whole));
    write(whole, word);
  };
  // Writing to a buffer that there was no memory for is refused too: that is told once, by whoever asked for it.
  faults.scope('validation', writeAll, (error) => {
    if (allocation.fault) return;
    recorder.refused ??= new DeviceError(
      `The graphics device refused values for ${label}: ${error.message} Reload the page; if it comes again, please report it.`,
      { lost: false, label },
    );
  });
}

/** The numbers of a tensor from the bytes of its parts. */
export function floatsOf(parts: readonly Rows[], read: readonly ArrayBuffer[]): Float32Array {
  const decoded = parts.map((part, i) => decodePart(part, read[i] as ArrayBuffer));
  const [only, ...others] = decoded;
  if (only && others.length === 0) return only;
  const all = new Float32Array(decoded.reduce((sum, { length }) => sum + length, 0));
  parts.forEach(({ first, width }, i) => {
    all.set(decoded[i] as Float32Array, first * width);
  });
  return all;
}

function decodePart(part: Rows, bytes: ArrayBuffer): Float32Array {
  const { dtype, rows, width } = part;
  if (dtype === 'f32') return new Float32Array(bytes);
  const [shape, n] = [[rows, width], rows * width];
  if (dtype === 'f16') return decode({ dtype: 'f16', shape, data: new Uint16Array(bytes, 0, n) });
  const scales = new Float32Array(bytes, valueBytes(part));
  return decode({ dtype: 'q8', shape, data: new Int8Array(bytes, 0, n), scales });
}
