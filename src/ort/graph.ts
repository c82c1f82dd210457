/** GPT-2's forward pass as an ONNX graph, every activation named as in TransformerLens: the twin of model/forward.ts that shares no kernel with it. */

import { size } from '../base/shapes.ts';
import { allHooks, blockHook, type HookInfo, type HookName } from '../model/hooks.ts';
import { type ModelConfig, paramShapes } from '../tensor/params.ts';
import { GraphBuilder, neededFor } from './graphBuilder.ts';
import { encodeModel, type OnnxTensor, type OnnxValue } from './onnx.ts';

/** The graph's one input: token ids, int64 [batch, pos]. */
export const IDS = 'ids';

export interface ForwardGraph {
  /** A serialized ONNX ModelProto without weights. */
  readonly bytes: Uint8Array;
  /** The parameters that it reads, by canonical name: each is an external file of that name, plain float32. */
  readonly parameters: readonly string[];
  /** Its outputs, in the order of the forward pass. */
  readonly hooks: readonly HookName[];
}

/**
 * The graph that computes these hooks and nothing that none of them needs; shapes are those of an ActivationCache:
 * batch in front, the heads of q, k, v and z side by side in the last axis. Batch and positions may be any number.
 */
export function forwardGraph(config: ModelConfig, hooks: ReadonlySet<HookName>): ForwardGraph {
  const graph = new GraphBuilder();
  addForward(graph, config);

  const outputs = allHooks(config, 1).filter(({ name }) => hooks.has(name));
  const names = outputs.map(({ name }) => name);
  const nodes = neededFor(graph.nodes, names);
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const parameters = [...paramShapes(config)].filter(([name]) => read.has(name));
  const external = parameters.map(
    ([name, shape]): OnnxTensor => ({
      name,
      element: 'float32',
      shape,
      path: name,
      byteLength: 4 * size(shape),
    }),
  );
  const bytes = encodeModel({
    name: 'GPT-2',
    nodes,
    initializers: [...external, ...graph.constants.filter(({ name }) => read.has(name))],
    inputs: [{ name: IDS, element: 'int64', axes: ['batch', 'pos'] }],
    outputs: outputs.map(outputOf),
  });
  return { bytes, parameters: parameters.map(([name]) => name), hooks: names };
}

/** A hook as a graph output. */
function outputOf({ name, axes, shape }: HookInfo): OnnxValue {
  const perHead = axes.includes('d_head'); // [pos, head, d_head] is kept as [pos, head·d_head]
  const known = perHead
    ? ['pos', size(shape)]
    : axes.map((axis, i) => LENGTHS_OF_THE_PROMPT[axis] ?? shape[i] ?? 1);
  return { name, element: 'float32', axes: ['batch', ...known] };
}

const LENGTHS_OF_THE_PROMPT: Readonly<Record<string, string>> = { pos: 'pos', query: 'pos', key: 'pos' };

function addForward(graph: GraphBuilder, config: ModelConfig): void {
  const embed = graph.op('Gather', ['W_E', IDS], 'hook_embed'); // [batch, pos, d_model]
  const pos = graph.op('Gather', [graph.op('Shape', [IDS], 'batch, pos'), graph.int(1)], 'pos');
  const positions = graph.op('Range', [graph.int(0), pos, graph.int(1)], 'positions'); // [pos]
  const first = graph.op('Gather', ['W_pos', positions], 'W_pos of the prompt'); // [pos, d_model]
  graph.op('Expand', [first, graph.op('Shape', [embed], 'batch, pos, d_model')], 'hook_pos_embed');

  const query = graph.op('Unsqueeze', [positions, graph.ints(1)], 'query'); // [pos, 1]
  const visible = graph.op('LessOrEqual', [positions, query], 'key ≤ query'); // [query, key]

  let resid = graph.op('Add', [embed, first], blockHook(0, 'hook_resid_pre'));
  for (let layer = 0; layer < config.nLayers; layer++) {
    if (layer > 0) graph.op('Identity', [resid], blockHook(layer, 'hook_resid_pre'));
    resid = addBlock(graph, config, layer, resid, visible);
  }
  const x = addNorm(graph, config, resid, 'ln_final');
  addUnembed(graph, config, x);
}

/** One transformer block: the name of the residual before it → the name of the residual after it. */
function addBlock(
  graph: GraphBuilder,
  config: ModelConfig,
  layer: number,
  residPre: string,
  visible: string,
): string {
  const name = (hook: Parameters<typeof blockHook>[1]) => blockHook(layer, hook);
  const block = `blocks.${layer}`;

  const x = addNorm(graph, config, residPre, `${block}.ln1`);
  const z = addAttention(graph, config, layer, x, visible); // [batch, pos, head·d_head]
  const attnOut = addLinear(graph, z, `${block}.attn.W_O`, `${block}.attn.b_O`, name('hook_attn_out'));
  const residMid = graph.op('Add', [residPre, attnOut], name('hook_resid_mid'));

  const y = addNorm(graph, config, residMid, `${block}.ln2`);
  const pre = addLinear(graph, y, `${block}.mlp.W_in`, `${block}.mlp.b_in`, name('mlp.hook_pre'));
  const post = graph.op('Gelu', [pre], name('mlp.hook_post'), { approximate: 'tanh' }); // [batch, pos, d_mlp]
  const mlpOut = addLinear(graph, post, `${block}.mlp.W_out`, `${block}.mlp.b_out`, name('hook_mlp_out'));
  return graph.op('Add', [residMid, mlpOut], name('hook_resid_post'));
}

/** Every head's attention, causal: the normalized residual → z. */
function addAttention(
  graph: GraphBuilder,
  config: ModelConfig,
  layer: number,
  x: string,
  visible: string,
): string {
  const { nHeads, dHead, dModel } = config;
  const name = (hook: Parameters<typeof blockHook>[1]) => blockHook(layer, hook);
  const attn = `blocks.${layer}.attn`;
  const [q, k, v] = [name('attn.hook_q'), name('attn.hook_k'), name('attn.hook_v')];
  const qkv = addLinear(graph, x, `${attn}.W_QKV`, `${attn}.b_QKV`, `${attn}.qkv`); // [batch, pos, 3·d_model]
  graph.op('Split', [qkv, graph.ints(dModel, dModel, dModel)], [q, k, v], { axis: -1 });

  const headFirst = [0, 2, 1, 3];
  const qs = addHeads(graph, config, q, headFirst); // [batch, head, query, d_head]
  const ks = addHeads(graph, config, k, [0, 2, 3, 1]); // [batch, head, d_head, key]
  const vs = addHeads(graph, config, v, headFirst); // [batch, head, key, d_head]
  const products = graph.op('MatMul', [qs, ks], `${attn} q·k`); // [batch, head, query, key]
  const scaled = graph.op('Div', [products, graph.float(Math.sqrt(dHead))], `${attn} q·k/√d_head`);
  const scores = graph.op(
    'Where',
    [visible, scaled, graph.float(Number.NEGATIVE_INFINITY)],
    name('attn.hook_attn_scores'),
  );
  const pattern = graph.op('Softmax', [scores], name('attn.hook_pattern'), { axis: -1 });
  const mixed = graph.op('MatMul', [pattern, vs], `${attn} pattern·v`); // [batch, head, pos, d_head]
  const together = graph.op('Transpose', [mixed], `${attn} z by head`, { perm: headFirst });
  const z = graph.op('Reshape', [together, graph.ints(0, 0, dModel)], name('attn.hook_z'));

  const zs = addHeads(graph, config, z, headFirst); // [batch, head, pos, d_head]
  const W_O = graph.op('Reshape', [`${attn}.W_O`, graph.ints(nHeads, dHead, dModel)], `${attn}.W_O by head`);
  const results = graph.op('MatMul', [zs, W_O], `${attn} z·W_O`); // [batch, head, pos, d_model]
  graph.op('Transpose', [results], name('attn.hook_result'), { perm: headFirst });
  return z;
}

/** [batch, pos, head·d_head] with its heads taken apart, [batch, pos, head, d_head], and the axes put in another order. */
function addHeads(
  graph: GraphBuilder,
  { nHeads, dHead }: ModelConfig,
  x: string,
  order: readonly number[],
): string {
  const apart = graph.op('Reshape', [x, graph.ints(0, 0, nHeads, dHead)], `${x} by head`); // 0 keeps an axis
  return graph.op('Transpose', [apart], `${x} by head, axes ${order.join()}`, { perm: order });
}

/** x·W + b: [batch, pos, in] → [batch, pos, out]. */
export function addLinear(graph: GraphBuilder, x: string, W: string, b: string, output: string): string {
  return graph.op('Add', [graph.op('MatMul', [x, W], `${output} without bias`), b], output);
}

/**
 * The norm over the last axis, as Ops.norm: (x − mean)/σ ⊙ w + b with σ = √(biased var + eps), or on an LN-free arm
 * (x − mean) ⊙ w + b with σ ≡ 1 and no variance. Returns the name of the whole output.
 */
export function addNorm(graph: GraphBuilder, { norm }: ModelConfig, x: string, label: string): string {
  const [w, b] = [`${label}.w`, `${label}.b`];
  const [normalized, scale] = [`${label}.hook_normalized`, `${label}.hook_scale`];
  if (norm.kind === 'layer') {
    const invStdDev = `${label} 1/σ`; // [batch, pos, 1]
    graph.op('LayerNormalization', [x, w, b], [normalized, `${label} mean`, invStdDev], {
      axis: -1,
      epsilon: { float: norm.eps },
    });
    graph.op('Reciprocal', [invStdDev], scale);
    return normalized;
  }
  const mean = graph.op('ReduceMean', [x, graph.ints(-1)], `${label} mean`, { keepdims: 1 });
  const centred = graph.op('Sub', [x, mean], `${label} x − mean`);
  graph.op('Expand', [graph.float(1), graph.op('Shape', [mean], `${label} batch, pos, 1`)], scale);
  return graph.op('Add', [graph.op('Mul', [centred, w], `${label} (x − mean)·w`), b], normalized);
}

/**
 * x·W_Uᵀ with W_U [d_vocab, d_model] read as it is: a Transpose would be folded into a second copy of it, and ONNX's own
 * Gemm wants rows without a batch axis, which costs a second copy of the logits.
 */
function addUnembed(graph: GraphBuilder, config: ModelConfig, x: string): void {
  const W_U = config.tiedEmbedding ? 'W_E' : 'W_U';
  graph.op('com.microsoft.FusedMatMul', [x, W_U], 'logits', { transB: 1 }); // [batch, pos, d_vocab]
}
