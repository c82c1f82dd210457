/** The peer of decoding: one more token of a GPT-2 whose keys and values of the tokens before it are given, as an ONNX graph. */

import { size } from '../../src/base/shapes.ts';
import { addLinear, addNorm } from '../../src/ort/graph.ts';
import { GraphBuilder, neededFor } from '../../src/ort/graphBuilder.ts';
import { encodeModel, type OnnxTensor, type OnnxValue } from '../../src/ort/onnx.ts';
import { type ModelConfig, paramShapes } from '../../src/tensor/params.ts';

/** Inputs: int64 [1, 1] and [1]. */
export const ID = 'id';
export const POSITION = 'position';
export const LOGITS = 'logits';
/** W_U as [d_model, d_vocab]: its WebGPU backend has no kernel that reads it as it is kept. */
export const W_U_TRANSPOSED = 'W_Uᵀ';

/** Names of one layer's keys or values: the input [1, head, past, d_head], and the output with one more. */
export const past = (layer: number, which: 'k' | 'v') => `past.${layer}.${which}`;
export const present = (layer: number, which: 'k' | 'v') => `present.${layer}.${which}`;

/** The serialized graph and the parameters that it reads. Outputs: logits [1, 1, d_vocab], and all keys and values. */
export function decodeGraph(config: ModelConfig): { bytes: Uint8Array; parameters: readonly string[] } {
  const { nLayers, nHeads, dHead, dModel, dVocab } = config;
  const graph = new GraphBuilder();
  const embed = graph.op('Gather', ['W_E', ID], 'W_E of the token'); // [1, 1, d_model]
  const position = graph.op('Gather', ['W_pos', POSITION], 'W_pos of the token'); // [1, d_model]
  let resid = graph.op('Add', [embed, position], 'resid');
  for (let layer = 0; layer < nLayers; layer++) resid = addBlock(graph, config, layer, resid);
  graph.op('MatMul', [addNorm(graph, config, resid, 'ln_final'), W_U_TRANSPOSED], LOGITS);

  const presents = [...Array(nLayers).keys()].flatMap((layer) => [present(layer, 'k'), present(layer, 'v')]);
  const nodes = neededFor(graph.nodes, [LOGITS, ...presents]);
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const parameters = [...paramShapes(config)].filter(([name]) => read.has(name));
  const external = [...parameters, [W_U_TRANSPOSED, [dModel, dVocab]] as const].map(
    ([name, shape]): OnnxTensor => ({
      name,
      element: 'float32',
      shape,
      path: name,
      byteLength: 4 * size(shape),
    }),
  );
  const keyValues = (name: typeof past, length: string): OnnxValue[] =>
    [...Array(nLayers).keys()].flatMap((layer) =>
      (['k', 'v'] as const).map((which) => ({
        name: name(layer, which),
        element: 'float32' as const,
        axes: [1, nHeads, length, dHead],
      })),
    );
  const bytes = encodeModel({
    name: 'GPT-2, one token',
    nodes,
    initializers: [...external, ...graph.constants.filter(({ name }) => read.has(name))],
    inputs: [
      { name: ID, element: 'int64', axes: [1, 1] },
      { name: POSITION, element: 'int64', axes: [1] },
      ...keyValues(past, 'past'),
    ],
    outputs: [{ name: LOGITS, element: 'float32', axes: [1, 1, dVocab] }, ...keyValues(present, 'present')],
  });
  return { bytes, parameters: parameters.map(([name]) => name) };
}

/** One transformer block for one token: the name of the residual before it → the name of the residual after it. */
function addBlock(graph: GraphBuilder, config: ModelConfig, layer: number, residPre: string): string {
  const block = `blocks.${layer}`;
  const attn = `${block}.attn`;
  const x = addNorm(graph, config, residPre, `${block}.ln1`);
  const z = addAttention(graph, config, layer, x);
  const attnOut = addLinear(graph, z, `${attn}.W_O`, `${attn}.b_O`, `${block} attn out`);
  const residMid = graph.op('Add', [residPre, attnOut], `${block} resid mid`);
  const y = addNorm(graph, config, residMid, `${block}.ln2`);
  const pre = addLinear(graph, y, `${block}.mlp.W_in`, `${block}.mlp.b_in`, `${block} pre`);
  const post = graph.op('Gelu', [pre], `${block} post`, { approximate: 'tanh' });
  const mlpOut = addLinear(graph, post, `${block}.mlp.W_out`, `${block}.mlp.b_out`, `${block} mlp out`);
  return graph.op('Add', [residMid, mlpOut], `${block} resid post`);
}

/** Its query against all keys, its own among them: no mask is needed. */
function addAttention(graph: GraphBuilder, config: ModelConfig, layer: number, x: string): string {
  const { nHeads, dHead, dModel } = config;
  const attn = `blocks.${layer}.attn`;
  const qkv = addLinear(graph, x, `${attn}.W_QKV`, `${attn}.b_QKV`, `${attn} qkv`); // [1, 1, 3·d_model]
  const parts = ['q', 'k', 'v'].map((name) => `${attn} ${name}`);
  graph.op('Split', [qkv, graph.ints(dModel, dModel, dModel)], parts, { axis: -1 });
  // With one position, [1, 1, head·d_head] is [1, head, 1, d_head] without moving anything.
  const [q, k, v] = parts.map((part) =>
    graph.op('Reshape', [part, graph.ints(1, nHeads, 1, dHead)], `${part} by head`),
  ) as [string, string, string];
  const keys = graph.op('Concat', [past(layer, 'k'), k], present(layer, 'k'), { axis: 2 });
  const values = graph.op('Concat', [past(layer, 'v'), v], present(layer, 'v'), { axis: 2 });
  const columns = graph.op('Transpose', [keys], `${attn} kᵀ`, { perm: [0, 1, 3, 2] }); // [1, head, d_head, key]
  const products = graph.op('MatMul', [q, columns], `${attn} q·k`); // [1, head, 1, key]
  const scores = graph.op('Div', [products, graph.float(Math.sqrt(dHead))], `${attn} scores`);
  const pattern = graph.op('Softmax', [scores], `${attn} pattern`, { axis: -1 });
  const mixed = graph.op('MatMul', [pattern, values], `${attn} pattern·v`); // [1, head, 1, d_head]
  return graph.op('Reshape', [mixed, graph.ints(1, 1, dModel)], `${attn} z`);
}
