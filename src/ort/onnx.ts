/** ONNX's messages with their field numbers (onnx.proto3, IR version 10): plain descriptions in, encoded fields out. */

import { concat } from '../base/bytes.ts';
import { bytesField, floatField, intField, messageField, textField } from './protobuf.ts';

/** TensorProto.DataType. */
export const ELEMENT = { float32: 1, int64: 7 } as const;
export type Element = keyof typeof ELEMENT;

/** A node's setting: a whole number, several, a text, or a number that need not be whole. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

export interface OnnxNode {
  /** An operator of ONNX's own set, or with `com.microsoft.` in front one that ONNX Runtime adds. */
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A value that the graph brings along: inside the model, or in a file beside it. */
export type OnnxTensor = {
  readonly name: string;
  readonly element: Element;
  readonly shape: readonly number[];
} & ({ readonly raw: Uint8Array } | { readonly path: string; readonly byteLength: number });

/** An input or output of the graph; a text axis is any length, the same wherever it is named. */
export interface OnnxValue {
  readonly name: string;
  readonly element: Element;
  readonly axes: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const IR_VERSION = 10;
/** LayerNormalization came with 17, Gelu with 20. */
const OPSET = 20;
const EXTENSION = 'com.microsoft';
const EXTENSION_OPSET = 1;

/** AttributeProto.AttributeType. */
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_STRING = 3;
const ATTRIBUTE_INTS = 7;

/** TensorProto.DataLocation. */
const EXTERNAL = 1;

/** A ModelProto. */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  return concat([
    intField(1, IR_VERSION),
    textField(2, 'Normless'),
    messageField(7, encodeGraph(graph)),
    messageField(8, [textField(1, ''), intField(2, OPSET)]), // '' is ONNX's own set of operators
    messageField(8, [textField(1, EXTENSION), intField(2, EXTENSION_OPSET)]),
  ]);
}

function encodeGraph(graph: OnnxGraph): Uint8Array[] {
  return [
    ...graph.nodes.map((node) => messageField(1, encodeNode(node))),
    textField(2, graph.name),
    ...graph.initializers.map((tensor) => messageField(5, encodeTensor(tensor))),
    ...graph.inputs.map((value) => messageField(11, encodeValue(value))),
    ...graph.outputs.map((value) => messageField(12, encodeValue(value))),
  ];
}

function encodeNode({ op, inputs, outputs, attributes }: OnnxNode): Uint8Array[] {
  const extended = op.startsWith(`${EXTENSION}.`);
  return [
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(3, outputs[0] ?? op), // errors name the node: after the activation that it makes
    textField(4, extended ? op.slice(EXTENSION.length + 1) : op),
    ...Object.entries(attributes).map(([name, value]) => messageField(5, encodeAttribute(name, value))),
    ...(extended ? [textField(7, EXTENSION)] : []),
  ];
}

function encodeAttribute(name: string, value: Attribute): Uint8Array[] {
  const named = textField(1, name);
  if (typeof value === 'number') return [named, intField(3, value), intField(20, ATTRIBUTE_INT)];
  if (typeof value === 'string') return [named, textField(4, value), intField(20, ATTRIBUTE_STRING)];
  if ('float' in value) return [named, floatField(2, value.float), intField(20, ATTRIBUTE_FLOAT)];
  return [named, ...value.map((each) => intField(8, each)), intField(20, ATTRIBUTE_INTS)];
}

function encodeTensor(tensor: OnnxTensor): Uint8Array[] {
  const head = [
    ...tensor.shape.map((axis) => intField(1, axis)),
    intField(2, ELEMENT[tensor.element]),
    textField(8, tensor.name),
  ];
  if ('raw' in tensor) return [...head, bytesField(9, tensor.raw)];
  const entry = (key: string, value: string) => messageField(13, [textField(1, key), textField(2, value)]);
  return [
    ...head,
    entry('location', tensor.path),
    entry('offset', '0'),
    entry('length', String(tensor.byteLength)),
    intField(14, EXTERNAL),
  ];
}

function encodeValue({ name, element, axes }: OnnxValue): Uint8Array[] {
  const dimensions = axes.map((axis) =>
    messageField(1, [typeof axis === 'number' ? intField(1, axis) : textField(2, axis)]),
  );
  const tensorType = [intField(1, ELEMENT[element]), messageField(2, dimensions)];
  return [textField(1, name), messageField(2, [messageField(1, tensorType)])];
}
