/** A model of one node, byte for byte by hand after onnx.proto3. */

import { expect, test } from 'vitest';
import { encodeModel } from './onnx.ts';

/** Bytes of an annotated list: numbers as they are, texts as ASCII. */
const bytes = (...parts: (number | string)[]) =>
  parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part].map((c) => c.charCodeAt(0))));

test('one Gelu with a weight beside the model and one inside', () => {
  const model = encodeModel({
    name: 'g',
    nodes: [
      {
        op: 'Gelu',
        inputs: ['x'],
        outputs: ['y'],
        attributes: { approximate: 'tanh', axis: -1, perm: [2, 1], epsilon: { float: 1.5 } },
      },
      { op: 'com.microsoft.Inverse', inputs: ['y'], outputs: ['z'], attributes: {} },
    ],
    initializers: [
      { name: 'W', element: 'float32', shape: [2, 3], path: 'p', byteLength: 24 },
      { name: 'c', element: 'int64', shape: [], raw: Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0) },
    ],
    inputs: [{ name: 'x', element: 'int64', axes: ['n', 3] }],
    outputs: [{ name: 'z', element: 'float32', axes: [] }],
  });

  const minusOne = [...Array<number>(9).fill(0xff), 0x01];
  const attributes = bytes(
    ...[0x2a, 22, 0x0a, 11, 'approximate', 0x22, 4, 'tanh', 0xa0, 0x01, 3], // name, s, type STRING
    ...[0x2a, 20, 0x0a, 4, 'axis', 0x18, ...minusOne, 0xa0, 0x01, 2], // name, i, type INT
    ...[0x2a, 13, 0x0a, 4, 'perm', 0x40, 2, 0x40, 1, 0xa0, 0x01, 7], // name, ints, type INTS
    ...[0x2a, 17, 0x0a, 7, 'epsilon', 0x15, 0x00, 0x00, 0xc0, 0x3f, 0xa0, 0x01, 1], // name, f, type FLOAT
  );
  const gelu = bytes(0x0a, 1, 'x', 0x12, 1, 'y', 0x1a, 1, 'y', 0x22, 4, 'Gelu', ...attributes);
  const inverse = bytes(
    ...[0x0a, 1, 'y', 0x12, 1, 'z', 0x1a, 1, 'z', 0x22, 7, 'Inverse', 0x3a, 13, 'com.microsoft'],
  );
  const weight = bytes(
    ...[0x08, 2, 0x08, 3, 0x10, 1, 0x42, 1, 'W'], // dims, FLOAT, name
    ...[0x6a, 13, 0x0a, 8, 'location', 0x12, 1, 'p'],
    ...[0x6a, 11, 0x0a, 6, 'offset', 0x12, 1, '0'],
    ...[0x6a, 12, 0x0a, 6, 'length', 0x12, 2, '24'],
    ...[0x70, 1], // EXTERNAL
  );
  const constant = bytes(0x10, 7, 0x42, 1, 'c', 0x4a, 8, 5, 0, 0, 0, 0, 0, 0, 0); // INT64, name, raw_data
  const input = bytes(
    ...[0x0a, 1, 'x', 0x12, 15, 0x0a, 13, 0x08, 7, 0x12, 9], // name, type, tensor, INT64, shape
    ...[0x0a, 3, 0x12, 1, 'n', 0x0a, 2, 0x08, 3], // "n", 3
  );
  const output = bytes(0x0a, 1, 'z', 0x12, 6, 0x0a, 4, 0x08, 1, 0x12, 0);
  const field = (tag: number, body: number[]) => [
    tag,
    ...(body.length > 127 ? [(body.length & 0x7f) | 0x80, body.length >> 7] : [body.length]),
    ...body,
  ];
  const graph = [
    ...field(0x0a, gelu),
    ...field(0x0a, inverse),
    ...bytes(0x12, 1, 'g'),
    ...field(0x2a, weight),
    ...field(0x2a, constant),
    ...field(0x5a, input),
    ...field(0x62, output),
  ];
  expect([...model]).toEqual([
    ...bytes(0x08, 10, 0x12, 8, 'Normless'), // ir_version, producer_name
    ...field(0x3a, graph),
    ...bytes(0x42, 4, 0x0a, 0, 0x10, 20), // opset_import: '' 20
    ...bytes(0x42, 17, 0x0a, 13, 'com.microsoft', 0x10, 1),
  ]);
});
