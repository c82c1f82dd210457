/** The part of protobuf's wire format that an ONNX model needs: a message is the concatenation of its encoded fields. */

import { concat } from '../base/bytes.ts';

/** How the value of a field is laid out; the low three bits of its tag. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Seven bits per byte, the lowest first; all but the last byte have their top bit set. Negative numbers as 64-bit two's complement. */
export function varint(value: number): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return bytes;
}

function tag(field: number, wireType: number): number[] {
  return varint((field << 3) | wireType);
}

/** An int32, int64, bool or enum field. `value` is a whole number. */
export function intField(field: number, value: number): Uint8Array {
  return Uint8Array.from([...tag(field, VARINT), ...varint(value)]);
}

/** A float field: 32 bits, little-endian. */
export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concat([Uint8Array.from(tag(field, FIXED32)), bytes]);
}

/** A bytes field. */
export function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return concat([Uint8Array.from([...tag(field, LENGTH_DELIMITED), ...varint(bytes.length)]), bytes]);
}

/** A string field, UTF-8. */
export function textField(field: number, text: string): Uint8Array {
  return bytesField(field, new TextEncoder().encode(text));
}

/** A field that is itself a message, given by its encoded fields. */
export function messageField(field: number, message: readonly Uint8Array[]): Uint8Array {
  return bytesField(field, concat(message));
}
