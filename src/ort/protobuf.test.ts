/** Bytes worked out by hand from protobuf's encoding guide. */

import { expect, test } from 'vitest';
import { concat } from '../base/bytes.ts';
import { bytesField, floatField, intField, messageField, textField, varint } from './protobuf.ts';

const hex = (bytes: ArrayLike<number>) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

test.each([
  [0, '00'],
  [1, '01'],
  [127, '7f'],
  [128, '80 01'],
  [150, '96 01'],
  [300, 'ac 02'],
  [2 ** 32, '80 80 80 80 10'],
  [2 ** 53 - 1, 'ff ff ff ff ff ff ff 0f'],
  [-1, 'ff ff ff ff ff ff ff ff ff 01'], // two's complement of 64 bits
])('varint %d', (value, expected) => {
  expect(hex(varint(value))).toBe(expected);
});

test('a tag is the field number and how its value is laid out', () => {
  expect(hex(intField(1, 150))).toBe('08 96 01');
  expect(hex(intField(20, 1))).toBe('a0 01 01'); // 20 << 3 takes two bytes
  expect(hex(floatField(2, 1.5))).toBe('15 00 00 c0 3f');
  expect(hex(bytesField(9, Uint8Array.of(1, 2)))).toBe('4a 02 01 02');
  expect(hex(textField(2, 'testing'))).toBe('12 07 74 65 73 74 69 6e 67');
  expect(hex(textField(3, '√'))).toBe('1a 03 e2 88 9a'); // the length counts bytes
});

test('a message in a message has its length in front', () => {
  expect(hex(messageField(3, [intField(1, 150)]))).toBe('1a 03 08 96 01');
  expect(hex(messageField(1, []))).toBe('0a 00');
  expect(hex(concat([intField(1, 1), messageField(2, [intField(1, 2), intField(2, 3)])]))).toBe(
    '08 01 12 04 08 02 10 03',
  );
});
