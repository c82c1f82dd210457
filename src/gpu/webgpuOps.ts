/** Every op of the seam on WebGPU: checks the shapes, makes the result, records the kernels. */

import { assert } from '../base/assert.ts';
import { formatShape, lastAxis, rows, type Shape, sameShape, size } from '../base/shapes.ts';
import type { Ops } from '../tensor/ops.ts';
import type { NormKind, NormParams } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Arena } from './arena.ts';
import type { GpuTensor } from './gpuTensor.ts';
import { type Dispatch, lanesFor } from './kernel.ts';
import { add } from './kernels/add.ts';
import { attentionScores } from './kernels/attentionScores.ts';
import { divergence } from './kernels/divergence.ts';
import { dotGroups } from './kernels/dotGroups.ts';
import { embed } from './kernels/embed.ts';
import { entropy } from './kernels/entropy.ts';
import { gather } from './kernels/gather.ts';
import { gelu } from './kernels/gelu.ts';
import { type LinearShape, linear } from './kernels/linear.ts';
import { linearT } from './kernels/linearT.ts';
import { linearT4 } from './kernels/linearT4.ts';
import { logSumExp } from './kernels/logSumExp.ts';
import { logSumExpMerge } from './kernels/logSumExpMerge.ts';
import { mean } from './kernels/mean.ts';
import { mix } from './kernels/mix.ts';
import { norm } from './kernels/norm.ts';
import { normMoments } from './kernels/normMoments.ts';
import { rank } from './kernels/rank.ts';
import { softmax } from './kernels/softmax.ts';
import { sumLanes } from './kernels/sumLanes.ts';
import { topK } from './kernels/topK.ts';
import { topKMerge } from './kernels/topKMerge.ts';
import { floats, headShape, idsOf, matrix, onePerRow, reduction } from './operands.ts';
import type { Binding } from './recorder.ts';

export class WebGpuOps extends Arena implements Ops {
  // --- forward pass ---------------------------------------------------------------------------

  embed(table: Tensor, ids: Tensor, label = 'embed'): Tensor {
    const [W, index] = [matrix(table, label), idsOf(ids, label)];
    const y = this.make([...index.shape, lastAxis(W.shape)], 'f32', label);
    for (const part of W.parts) this.#record(embed(part, size(index.shape), 0), [index, part, y]);
    return y;
  }

  posEmbed(W_pos: Tensor, batch: number, pos: number, label = 'pos_embed'): Tensor {
    const W = matrix(W_pos, label);
    assert(pos <= rows(W.shape), `${label}: ${pos} positions of ${rows(W.shape)}`);
    const y = this.make([batch, pos, lastAxis(W.shape)], 'f32', label);
    for (const part of W.parts) this.#record(embed(part, batch * pos, pos), [part, part, y]);
    return y;
  }

  add(a: Tensor, b: Tensor, label = 'add'): Tensor {
    const [p, q] = [floats(a, label), floats(b, label)];
    assert(sameShape(p.shape, q.shape), `${label}: ${formatShape(p.shape)} + ${formatShape(q.shape)}`);
    return this.#record(add(size(p.shape)), [p, q, this.make(p.shape, 'f32', label)]);
  }

  norm(
    x: Tensor,
    params: NormParams<Tensor>,
    kind: NormKind,
    label = 'norm',
  ): { normalized: Tensor; scale: Tensor } {
    const [input, w, b] = [floats(x, label), floats(params.w, label), floats(params.b, label)];
    const [r, d] = [rows(input.shape), lastAxis(input.shape)];
    assert(size(w.shape) === d && size(b.shape) === d, `${label}: gain or bias is not [${d}]`);
    const eps = kind.kind === 'layer' ? kind.eps : null;
    const lanes = lanesFor(d);
    const normalized = this.make(input.shape, 'f32', `${label}.hook_normalized`);
    const scale = this.make([...input.shape.slice(0, -1), 1], 'f32', `${label}.hook_scale`);
    this.#temporary(`${label} (moments)`, [r, lanes, 2], (moments) => {
      this.#record(normMoments(r, d, lanes, eps !== null), [input, moments]);
      this.#record(norm(r, d, lanes, eps), [input, w, b, moments, normalized, scale]);
    });
    return { normalized, scale };
  }

  linear(
    x: Tensor,
    W: Tensor,
    b: Tensor | null,
    columns: readonly [start: number, count: number] = [0, lastAxis(W.shape)],
    label = 'linear',
  ): Tensor {
    const [input, weights, bias] = [floats(x, label), matrix(W, label), b && floats(b, label)];
    const [depth, width] = [lastAxis(input.shape), lastAxis(weights.shape)];
    const [start, count] = columns;
    assert(
      rows(weights.shape) === depth,
      `${label}: ${formatShape(input.shape)} · ${formatShape(weights.shape)}`,
    );
    assert(
      start >= 0 && count > 0 && start + count <= width,
      `${label}: columns ${start}+${count} of ${width}`,
    );
    assert(
      !bias || size(bias.shape) === width,
      `${label}: bias ${formatShape(bias?.shape ?? [])} is not [${width}]`,
    );
    const y = this.make([...input.shape.slice(0, -1), count], 'f32', label);
    return this.#linear(input, weights, bias, y, { rows: rows(input.shape), groups: 1, depth, start, count });
  }

  linearT(x: Tensor, W: Tensor, label = 'linearT'): Tensor {
    const [input, weights] = [floats(x, label), matrix(W, label)];
    const [r, d, n] = [rows(input.shape), lastAxis(input.shape), rows(weights.shape)];
    assert(
      lastAxis(weights.shape) === d,
      `${label}: ${formatShape(input.shape)} · ${formatShape(weights.shape)}ᵀ`,
    );
    const plan = d % 4 === 0 ? linearT4 : linearT;
    const y = this.make([...input.shape.slice(0, -1), n], 'f32', label);
    for (const part of weights.parts) this.#record(plan(part, r, n), [input, part, y]);
    return y;
  }

  attentionScores(q: Tensor, k: Tensor, nHeads: number, label = 'attn_scores'): Tensor {
    const [queries, keys] = [floats(q, label), floats(k, label)];
    const { batch, pos, dHead } = headShape(queries.shape, nHeads, label);
    assert(sameShape(q.shape, k.shape), `${label}: q ${formatShape(q.shape)}, k ${formatShape(k.shape)}`);
    const scores = this.make([batch, nHeads, pos, pos], 'f32', label);
    return this.#record(attentionScores(batch, nHeads, pos, dHead), [queries, keys, scores]);
  }

  softmax(scores: Tensor, label = 'pattern'): Tensor {
    const x = floats(scores, label);
    return this.#record(softmax(rows(x.shape), lastAxis(x.shape)), [x, this.make(x.shape, 'f32', label)]);
  }

  mix(pattern: Tensor, v: Tensor, label = 'z'): Tensor {
    const [weights, values] = [floats(pattern, label), floats(v, label)];
    const nHeads = pattern.shape[1] ?? 0;
    const { batch, pos, dHead } = headShape(values.shape, nHeads, label);
    assert(
      sameShape(pattern.shape, [batch, nHeads, pos, pos]),
      `${label}: pattern ${formatShape(pattern.shape)}`,
    );
    return this.#record(mix(batch, nHeads, pos, dHead), [weights, values, this.make(v.shape, 'f32', label)]);
  }

  gelu(x: Tensor, label = 'gelu'): Tensor {
    const input = floats(x, label);
    return this.#record(gelu(size(input.shape)), [input, this.make(input.shape, 'f32', label)]);
  }

  headResults(z: Tensor, W_O: Tensor, nHeads: number, label = 'result'): Tensor {
    const [input, weights] = [floats(z, label), matrix(W_O, label)];
    const { batch, pos, d, dHead } = headShape(input.shape, nHeads, label);
    const width = lastAxis(weights.shape);
    assert(rows(weights.shape) === d, `${label}: z ${formatShape(z.shape)}, W_O ${formatShape(W_O.shape)}`);
    const y = this.make([batch, pos, nHeads, width], 'f32', label);
    const shape = { rows: batch * pos, groups: nHeads, depth: dHead, start: 0, count: width };
    return this.#linear(input, weights, null, y, shape);
  }

  // --- reductions over the last axis ------------------------------------------------------------

  logSumExp(x: Tensor, label = 'logSumExp'): Tensor {
    const input = floats(x, label);
    const { r, n, lanes } = reduction(input);
    const y = this.make(input.shape.slice(0, -1), 'f32', label);
    this.#temporary(`${label} (shares)`, [r, lanes, 2], (shares) => {
      this.#record(logSumExp(r, n, lanes), [input, shares]);
      this.#record(logSumExpMerge(r, lanes), [shares, y]);
    });
    return y;
  }

  mean(x: Tensor, label = 'mean'): Tensor {
    const input = floats(x, label);
    return this.#reduce(mean, [input], { label, factor: 1 / lastAxis(input.shape) });
  }

  entropy(logits: Tensor, lse: Tensor, label = 'entropy'): Tensor {
    const [x, total] = [floats(logits, label), floats(lse, label)];
    onePerRow(total, x, label);
    return this.#reduce(entropy, [x, total], { label });
  }

  gather(x: Tensor, ids: Tensor, label = 'gather'): Tensor {
    const [input, index] = [floats(x, label), idsOf(ids, label)];
    onePerRow(index, input, label);
    const y = this.make(input.shape.slice(0, -1), 'f32', label);
    return this.#record(gather(rows(input.shape), lastAxis(input.shape)), [input, index, y]);
  }

  rank(x: Tensor, ids: Tensor, label = 'rank'): Tensor {
    const [input, index] = [floats(x, label), idsOf(ids, label)];
    onePerRow(index, input, label);
    return this.#reduce(rank, [input, index], { label });
  }

  topK(x: Tensor, k: number, label = 'topK'): { values: Tensor; ids: Tensor } {
    const input = floats(x, label);
    const { r, n } = reduction(input);
    assert(k >= 1 && k <= n, `${label}: k = ${k} of ${n}`);
    const lanes = lanesFor(n, 64); // the lists of all lanes are merged by one invocation per row
    const shape = [...input.shape.slice(0, -1), k];
    const values = this.make(shape, 'f32', `${label}.values`);
    const ids = this.make(shape, 'u32', `${label}.ids`);
    this.tidy(() => {
      const keys = this.make([r, lanes, k], 'u32', `${label} (keys)`);
      const own = this.make([r, lanes, k], 'u32', `${label} (lists)`);
      this.#record(topK(r, n, lanes, k), [input, keys, own]);
      this.#record(topKMerge(r, n, lanes, k), [input, keys, own, values, ids]);
      return [];
    });
    return { values, ids };
  }

  divergence(a: Tensor, lseA: Tensor, b: Tensor, lseB: Tensor, label = 'divergence'): Tensor {
    const [x, zx, y, zy] = [floats(a, label), floats(lseA, label), floats(b, label), floats(lseB, label)];
    assert(sameShape(x.shape, y.shape), `${label}: ${formatShape(x.shape)} against ${formatShape(y.shape)}`);
    onePerRow(zx, x, label);
    onePerRow(zy, y, label);
    return this.#reduce(divergence, [x, zx, y, zy], { label, parts: 3, axes: [3] });
  }

  // --- projections --------------------------------------------------------------------------------

  dotGroups(x: Tensor, v: Tensor, groups: number, label = 'dotGroups'): Tensor {
    const [input, vector] = [floats(x, label), floats(v, label)];
    const n = lastAxis(input.shape);
    assert(
      n % groups === 0 && size(vector.shape) === n,
      `${label}: ${formatShape(x.shape)}, ${groups} groups`,
    );
    const y = this.make([...input.shape.slice(0, -1), groups], 'f32', label);
    return this.#record(dotGroups(rows(input.shape), groups, n / groups), [input, vector, y]);
  }

  // --- recording ----------------------------------------------------------------------------------

  /** Records a dispatch and returns its last tensor, whose label it carries. */
  #record(dispatch: Dispatch, tensors: readonly [...Binding[], GpuTensor]): GpuTensor {
    const result = tensors[tensors.length - 1] as GpuTensor;
    this.context.recorder.record(dispatch, tensors, result.label);
    return result;
  }

  /** The first part of W goes onto the bias, the others onto what is there by then. */
  #linear(x: GpuTensor, W: GpuTensor, b: GpuTensor | null, y: GpuTensor, shape: LinearShape): Tensor {
    W.parts.forEach((part, i) => {
      const onto = i > 0 ? 'y' : b ? 'b' : 'nothing';
      this.#record(linear(part, shape, onto), [x, part, b ?? x, y]);
    });
    return y;
  }

  #temporary(label: string, shape: Shape, body: (scratch: GpuTensor) => void): void {
    this.tidy(() => {
      body(this.make(shape, 'f32', label));
      return [];
    });
  }

  /** A sum over the rows of the first input: one kernel for the shares of the lanes, then sumLanes. */
  #reduce(
    first: (rows: number, n: number, lanes: number) => Dispatch,
    inputs: readonly [GpuTensor, ...GpuTensor[]],
    {
      label,
      parts = 1,
      axes = [],
      factor = 1,
    }: { label: string; parts?: number; axes?: Shape; factor?: number },
  ): Tensor {
    const { r, n, lanes } = reduction(inputs[0]);
    const y = this.make([...inputs[0].shape.slice(0, -1), ...axes], 'f32', label);
    this.#temporary(`${label} (shares)`, [r, lanes, parts], (shares) => {
      this.#record(first(r, n, lanes), [...inputs, shares]);
      this.#record(sumLanes(r, lanes, parts, factor), [shares, y]);
    });
    return y;
  }
}
