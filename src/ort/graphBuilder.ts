/** Collects the nodes of an ONNX graph in the order of their computing, with the small constants they read. */

import type { Attribute, OnnxNode, OnnxTensor } from './onnx.ts';

type Attributes = Readonly<Record<string, Attribute>>;

export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, OnnxTensor>();

  get constants(): OnnxTensor[] {
    return [...this.#constants.values()];
  }

  /** Adds an operator; returns the name of its first output, which is `output` or the first of several. */
  op(op: string, inputs: readonly string[], output: string | readonly string[], attributes: Attributes = {}) {
    const outputs = [output].flat();
    this.nodes.push({ op, inputs, outputs, attributes });
    return outputs[0] as string;
  }

  /** One float32 number. */
  float(value: number): string {
    return this.#constant(`float32 ${value}`, 'float32', [], new Float32Array([value]));
  }

  /** One int64 number. */
  int(value: number): string {
    return this.#constant(`int64 ${value}`, 'int64', [], new BigInt64Array([BigInt(value)]));
  }

  /** A list of int64 numbers: axes, or a shape. */
  ints(...values: number[]): string {
    return this.#constant(
      `int64 [${values.join()}]`,
      'int64',
      [values.length],
      BigInt64Array.from(values, BigInt),
    );
  }

  /** Equal constants are one. */
  #constant(
    name: string,
    element: OnnxTensor['element'],
    shape: readonly number[],
    data: Float32Array | BigInt64Array,
  ): string {
    this.#constants.set(name, { name, element, shape, raw: new Uint8Array(data.buffer) });
    return name;
  }
}

/** The nodes, in their order, that these values depend on. */
export function neededFor(nodes: readonly OnnxNode[], values: Iterable<string>): OnnxNode[] {
  const needed = new Set(values);
  const kept = [...nodes].reverse().filter(({ inputs, outputs }) => {
    if (!outputs.some((name) => needed.has(name))) return false;
    for (const name of inputs) needed.add(name);
    return true;
  });
  return kept.reverse();
}
