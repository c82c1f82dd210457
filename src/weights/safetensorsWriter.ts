/** Writes safetensors files, for fixtures in every layout the reader must understand. */

import { must } from '../base/assert.ts';
import { concat } from '../base/bytes.ts';
import { floatToHalf } from '../base/half.ts';

export type WritableDType = 'F32' | 'F16' | 'BF16';

export interface WritableTensor {
  name: string;
  dtype: WritableDType;
  shape: readonly number[];
  values: Float32Array;
}

/** One file. `headerPadding` spaces lengthen the header, so that the data can start at any alignment. */
export function writeSafetensors(
  tensors: readonly WritableTensor[],
  headerPadding = 0,
): Uint8Array<ArrayBuffer> {
  const data = tensors.map((tensor) => encode(tensor.values, tensor.dtype));
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  tensors.forEach(({ name, dtype, shape }, i) => {
    const end = offset + must(data[i], name).length;
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  });
  return joinHeader(`${JSON.stringify(header)}${' '.repeat(headerPadding)}`, data);
}

/** 8 bytes of header length, the header, then the data as it is. */
export function joinHeader(header: string, data: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return concat([length, text, ...data]);
}

/** A file with its header changed in place by `change`; the data stays as it is, whatever the header then says. */
export function editHeader(
  file: Uint8Array,
  change: (header: Record<string, HeaderEntry>) => void,
): Uint8Array<ArrayBuffer> {
  const dataStart = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, dataStart)));
  change(header);
  return joinHeader(JSON.stringify(header), [file.subarray(dataStart)]);
}

/** A file in which one tensor has other values, perhaps in another type; its shape stays. */
export function replaceValues(
  file: Uint8Array,
  name: string,
  values: Float32Array,
  dtype: WritableDType = 'F32',
): Uint8Array<ArrayBuffer> {
  const appended = encode(values, dtype);
  const headerBytes = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const end = file.length - 8 - headerBytes;
  const edited = editHeader(file, (header) => {
    header[name] = {
      dtype,
      shape: must(header[name], name).shape,
      data_offsets: [end, end + appended.length],
    };
  });
  return concat([edited, appended]);
}

export interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: number[];
}

function encode(values: Float32Array, dtype: WritableDType): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(Float32Array.from(values).buffer);
  if (dtype === 'F16') return new Uint8Array(Uint16Array.from(values, floatToHalf).buffer);
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  return new Uint8Array(
    Uint16Array.from(bits, (word) => (word + 0x7fff + ((word >>> 16) & 1)) >>> 16).buffer,
  );
}
