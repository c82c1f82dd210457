/**
 * Every op of the seam on WebGPU: checks the shapes, makes the result, records the kernels. What a forward pass and its
 * analyses take is here, the rest in the classes that this one extends.
 */

import { assert } from '../base/assert.ts';
import { formatShape, lastAxis, rows, type Shape, sameShape, size } from '../base/shapes.ts';
import { checkKeys, checkRoom } from '../tensor/keyValues.ts';
import type { KeyValues, Normed, Ops, ScaledLogits } from '../tensor/ops.ts';
import type { NormKind, NormParams } from '../tensor/params.ts';
import { scaledShape } from '../tensor/scaledShape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { epsOf } from './families/family.ts';
import { type GpuTensor, gpuTensor } from './gpuTensor.ts';
import { type Dispatch, lanesFor } from './kernel.ts';
import { add } from './kernels/add.ts';
import { attentionScores } from './kernels/attentionScores.ts';
import { divergence } from './kernels/divergence.ts';
import { dotGroups } from './kernels/dotGroups.ts';
import { embed } from './kernels/embed.ts';
import { entropy } from './kernels/entropy.ts';
import { freezeScale } from './kernels/freezeScale.ts';
import { gather } from './kernels/gather.ts';
import { gelu } from './kernels/gelu.ts';
import type { Epilogue, LinearShape } from './kernels/linear.ts';
import { logSumExp } from './kernels/logSumExp.ts';
import { logSumExpMerge } from './kernels/logSumExpMerge.ts';
import { mean } from './kernels/mean.ts';
import { mix } from './kernels/mix.ts';
import { rank } from './kernels/rank.ts';
import { blockOf, scaledLanes, scaledLogitStats } from './kernels/scaledLogitStats.ts';
import { scaledLogitStatsMerge } from './kernels/scaledLogitStatsMerge.ts';
import { softmax } from './kernels/softmax.ts';
import { sumLanes } from './kernels/sumLanes.ts';
import { topK } from './kernels/topK.ts';
import { topKMerge } from './kernels/topKMerge.ts';
import { floats, headShape, idsOf, matrix, onePerRow, reduction } from './operands.ts';
import { BackwardOps } from './webgpuBackward.ts';

/** Where a product's epilogue finds and leaves what it is about (shaders/lib/epilogue.wgsl). */
interface LinearOutputs {
  readonly y: GpuTensor;
  readonly residual?: GpuTensor;
  readonly second?: GpuTensor;
  readonly third?: GpuTensor;
}

/** What a product reads, and the norm that it is to be given on the way. */
interface Input {
  readonly x: GpuTensor;
  readonly norm?: { readonly w: GpuTensor; readonly b: GpuTensor; readonly kind: NormKind };
}

type Three = [GpuTensor, GpuTensor, GpuTensor];

/** All rows and columns of a product. */
function wholeShape(x: GpuTensor, W: GpuTensor): LinearShape {
  const [depth, count] = [lastAxis(x.shape), lastAxis(W.shape)];
  return { rows: rows(x.shape), groups: 1, depth, start: 0, count };
}

/** A norm's parameters, checked against what it is applied to. */
function gainAndBias(x: GpuTensor, params: NormParams<Tensor>, label: string) {
  const [w, b] = [floats(params.w, label), floats(params.b, label)];
  const d = lastAxis(x.shape);
  assert(size(w.shape) === d && size(b.shape) === d, `${label}: gain or bias is not [${d}]`);
  return { w, b };
}

export class WebGpuOps extends BackwardOps implements Ops {
  // --- forward pass ---------------------------------------------------------------------------

  embed(table: Tensor, ids: Tensor, label = 'embed'): Tensor {
    const [W, index] = [matrix(table, label), idsOf(ids, label)];
    const y = this.make([...index.shape, lastAxis(W.shape)], 'f32', label);
    for (const part of W.parts) this.record(embed(part, size(index.shape), 'ids'), [index, part, y]);
    return y;
  }

  posEmbed(W_pos: Tensor, batch: number, pos: number, label = 'pos_embed'): Tensor {
    const y = this.make([batch, pos, lastAxis(W_pos.shape)], 'f32', label);
    this.#positions(W_pos, 0, y, false);
    return y;
  }

  embedTokens(W_E: Tensor, W_pos: Tensor, ids: Tensor, past = 0, label = 'resid'): Tensor {
    const y = gpuTensor(this.embed(W_E, ids, label));
    this.#positions(W_pos, past, y, true);
    return y;
  }

  /** Rows past … of W_pos for every batch entry, into y [batch, pos, d] or onto what it holds. */
  #positions(W_pos: Tensor, past: number, y: GpuTensor, onto: boolean): void {
    const W = matrix(W_pos, y.label);
    const [batch = 0, pos = 0] = y.shape;
    assert(past + pos <= rows(W.shape), `${y.label}: ${past + pos} positions of ${rows(W.shape)}`);
    for (const part of W.parts) {
      this.record(embed(part, batch * pos, { positions: pos, past, onto }), [part, part, y]);
    }
  }

  add(a: Tensor, b: Tensor, label = 'add'): Tensor {
    const [p, q] = [floats(a, label), floats(b, label)];
    assert(sameShape(p.shape, q.shape), `${label}: ${formatShape(p.shape)} + ${formatShape(q.shape)}`);
    return this.record(add(size(p.shape)), [p, q, this.make(p.shape, 'f32', label)]);
  }

  norm(
    x: Tensor,
    params: NormParams<Tensor>,
    kind: NormKind,
    label = 'norm',
  ): { normalized: Tensor; scale: Tensor } {
    const input = floats(x, label);
    const { w, b } = gainAndBias(input, params, label);
    const [r, d] = [rows(input.shape), lastAxis(input.shape)];
    const normalized = this.make(input.shape, 'f32', `${label}.hook_normalized`);
    const scale = this.make([...input.shape.slice(0, -1), 1], 'f32', `${label}.hook_scale`);
    this.record(this.family(r).norm(r, d, epsOf(kind)), [input, w, b, normalized, scale]);
    return { normalized, scale };
  }

  freezeScale(w: Tensor, scale: Tensor, label = 'norm'): { gain: Tensor; scale: Tensor } {
    const [own, live] = [floats(w, label), floats(scale, label)];
    const pos = rows(live.shape);
    assert(sameShape(live.shape, [1, pos, 1]) && pos > 1, `${label}: a mean of ${formatShape(live.shape)}`);
    const gain = this.make(own.shape, 'f32', `${label} (gain/σ)`);
    const frozen = this.make(live.shape, 'f32', `${label}.hook_scale`);
    this.record(freezeScale(size(own.shape), pos), [own, live, gain, frozen]);
    return { gain, scale: frozen };
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
    const shape = { rows: rows(input.shape), groups: 1, depth, start, count };
    this.#linear({ x: input }, weights, bias, shape, { y });
    return y;
  }

  qkv(
    x: Tensor | Normed,
    W_QKV: Tensor,
    b_QKV: Tensor,
    labels: readonly [string, string, string] = ['q', 'k', 'v'],
  ): { q: Tensor; k: Tensor; v: Tensor } {
    return this.#reading(x, labels[0], (input) => {
      const [q, k, v] = labels.map((label) => this.make(input.x.shape, 'f32', label)) as Three;
      this.#thirds(input, W_QKV, b_QKV, { q, k, v }, 0);
      return { q, k, v };
    });
  }

  qkvInto(
    into: KeyValues,
    past: number,
    x: Tensor | Normed,
    W_QKV: Tensor,
    b_QKV: Tensor,
    label = 'q',
  ): Tensor {
    return this.#reading(x, label, (input) => {
      const q = this.make(input.x.shape, 'f32', label);
      checkRoom(into, past, q, label);
      this.#thirds(input, W_QKV, b_QKV, { q, k: floats(into.k, label), v: floats(into.v, label) }, past);
      return q;
    });
  }

  #thirds(
    input: Input,
    W_QKV: Tensor,
    b_QKV: Tensor,
    { q, k, v }: { q: GpuTensor; k: GpuTensor; v: GpuTensor },
    past: number,
  ): void {
    const [W, b] = this.#affine(input.x, W_QKV, b_QKV, q.label);
    assert(lastAxis(W.shape) === 3 * lastAxis(q.shape), `${q.label}: ${formatShape(W.shape)} is not [d, 3d]`);
    const outputs = { y: q, second: k, third: v };
    this.#linear(input, W, b, wholeShape(input.x, W), outputs, { kind: 'thirds', past });
  }

  linearGelu(
    x: Tensor | Normed,
    W: Tensor,
    b: Tensor,
    { pre, post }: { pre: string | null; post: string } = { pre: null, post: 'post' },
  ): { pre: Tensor | null; post: Tensor } {
    return this.#reading(x, post, (input) => {
      const [weights, bias] = this.#affine(input.x, W, b, post);
      const shape = [...input.x.shape.slice(0, -1), lastAxis(weights.shape)];
      const before = pre === null ? null : this.make(shape, 'f32', pre);
      const y = this.make(shape, 'f32', post);
      const outputs = { y, ...(before && { second: before }) };
      this.#linear(input, weights, bias, wholeShape(input.x, weights), outputs, {
        kind: 'gelu',
        both: before !== null,
      });
      return { pre: before, post: y };
    });
  }

  linearAdd(
    residual: Tensor,
    x: Tensor,
    W: Tensor,
    b: Tensor,
    { out, sum }: { out: string | null; sum: string } = { out: null, sum: 'sum' },
  ): { out: Tensor | null; sum: Tensor } {
    const [input, onto] = [floats(x, sum), floats(residual, sum)];
    const [weights, bias] = this.#affine(input, W, b, sum);
    const shape = [...input.shape.slice(0, -1), lastAxis(weights.shape)];
    assert(sameShape(onto.shape, shape), `${sum}: ${formatShape(onto.shape)} + ${formatShape(shape)}`);
    const term = out === null ? null : this.make(shape, 'f32', out);
    const y = this.make(shape, 'f32', sum);
    const outputs = { y, residual: onto, ...(term && { second: term }) };
    this.#linear({ x: input }, weights, bias, wholeShape(input, weights), outputs, {
      kind: 'add',
      both: term !== null,
    });
    return { out: term, sum: y };
  }

  /** What a product reads: normed as it is loaded where the family can, else first, for as long as the product takes. */
  #reading<R>(x: Tensor | Normed, label: string, body: (input: Input) => R): R {
    if (!('params' in x)) return body({ x: floats(x, label) });
    const raw = floats(x.x, label);
    if (this.family(rows(raw.shape)).normedLinear) {
      return body({ x: raw, norm: { ...gainAndBias(raw, x.params, label), kind: x.kind } });
    }
    const { normalized, scale } = this.norm(raw, x.params, x.kind, `${label} (norm)`);
    const result = body({ x: floats(normalized, label) });
    this.release(normalized, scale);
    return result;
  }

  /** A whole matrix and its bias, checked against what they are applied to. */
  #affine(x: GpuTensor, W: Tensor, b: Tensor, label: string): [W: GpuTensor, b: GpuTensor] {
    const [weights, bias] = [matrix(W, label), floats(b, label)];
    assert(
      rows(weights.shape) === lastAxis(x.shape) && size(bias.shape) === lastAxis(weights.shape),
      `${label}: ${formatShape(x.shape)} · ${formatShape(W.shape)} + ${formatShape(b.shape)}`,
    );
    return [weights, bias];
  }

  linearT(x: Tensor, W: Tensor, label = 'linearT'): Tensor {
    const [input, weights] = [floats(x, label), matrix(W, label)];
    const [r, d, n] = [rows(input.shape), lastAxis(input.shape), rows(weights.shape)];
    assert(
      lastAxis(weights.shape) === d,
      `${label}: ${formatShape(input.shape)} · ${formatShape(weights.shape)}ᵀ`,
    );
    const family = this.family(r);
    const y = this.make([...input.shape.slice(0, -1), n], 'f32', label);
    for (const part of weights.parts) this.record(family.linearT(part, r, n), [input, part, y]);
    return y;
  }

  attention(q: Tensor, k: Tensor, v: Tensor, nHeads: number, past = 0, label = 'z'): Tensor {
    const [queries, keys, values] = [floats(q, label), floats(k, label), floats(v, label)];
    const { batch, pos, dHead } = headShape(queries.shape, nHeads, label);
    const room = checkKeys(q, k, v, past, label);
    const z = this.make(q.shape, 'f32', label);
    const shape = { batch, heads: nHeads, pos, dHead, past, room };
    return this.record(this.family(batch * pos).attention(shape), [queries, keys, values, z]);
  }

  attentionScores(q: Tensor, k: Tensor, nHeads: number, label = 'attn_scores'): Tensor {
    const [queries, keys] = [floats(q, label), floats(k, label)];
    const { batch, pos, dHead } = headShape(queries.shape, nHeads, label);
    assert(sameShape(q.shape, k.shape), `${label}: q ${formatShape(q.shape)}, k ${formatShape(k.shape)}`);
    const scores = this.make([batch, nHeads, pos, pos], 'f32', label);
    return this.record(attentionScores(batch, nHeads, pos, dHead), [queries, keys, scores]);
  }

  softmax(scores: Tensor, label = 'pattern'): Tensor {
    const x = floats(scores, label);
    return this.record(softmax(rows(x.shape), lastAxis(x.shape)), [x, this.make(x.shape, 'f32', label)]);
  }

  mix(pattern: Tensor, v: Tensor, label = 'z'): Tensor {
    const [weights, values] = [floats(pattern, label), floats(v, label)];
    const nHeads = pattern.shape[1] ?? 0;
    const { batch, pos, dHead } = headShape(values.shape, nHeads, label);
    assert(
      sameShape(pattern.shape, [batch, nHeads, pos, pos]),
      `${label}: pattern ${formatShape(pattern.shape)}`,
    );
    return this.record(mix(batch, nHeads, pos, dHead), [weights, values, this.make(v.shape, 'f32', label)]);
  }

  gelu(x: Tensor, label = 'gelu'): Tensor {
    const input = floats(x, label);
    return this.record(gelu(size(input.shape)), [input, this.make(input.shape, 'f32', label)]);
  }

  headResults(z: Tensor, W_O: Tensor, nHeads: number, label = 'result'): Tensor {
    const [input, weights] = [floats(z, label), matrix(W_O, label)];
    const { batch, pos, d, dHead } = headShape(input.shape, nHeads, label);
    const width = lastAxis(weights.shape);
    assert(rows(weights.shape) === d, `${label}: z ${formatShape(z.shape)}, W_O ${formatShape(W_O.shape)}`);
    const y = this.make([batch, pos, nHeads, width], 'f32', label);
    const shape = { rows: batch * pos, groups: nHeads, depth: dHead, start: 0, count: width };
    this.#linear({ x: input }, weights, null, shape, { y });
    return y;
  }

  // --- reductions over the last axis ------------------------------------------------------------

  logSumExp(x: Tensor, label = 'logSumExp'): Tensor {
    const input = floats(x, label);
    const { r, n, lanes } = reduction(input);
    const y = this.make(input.shape.slice(0, -1), 'f32', label);
    this.#temporary(`${label} (shares)`, [r, lanes, 2], (shares) => {
      this.record(logSumExp(r, n, lanes), [input, shares]);
      this.record(logSumExpMerge(r, lanes), [shares, y]);
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
    return this.record(gather(rows(input.shape), lastAxis(input.shape)), [input, index, y]);
  }

  rank(x: Tensor, ids: Tensor, label = 'rank'): Tensor {
    const [input, index] = [floats(x, label), idsOf(ids, label)];
    onePerRow(index, input, label);
    return this.#reduce(rank, [input, index], { label });
  }

  topK(
    x: Tensor,
    k: number,
    label = 'topK',
    by: 'value' | 'magnitude' = 'value',
  ): { values: Tensor; ids: Tensor } {
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
      this.record(topK(r, n, lanes, k, by === 'magnitude'), [input, keys, own]);
      this.record(topKMerge(r, n, lanes, k), [input, keys, own, values, ids]);
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

  scaledLogitStats(logits: ScaledLogits, label = 'scaledLogitStats'): Tensor {
    const { rows: r, n, directions, updates } = scaledShape(logits, label);
    const [x, m, alpha, beta] = [logits.x, logits.m, logits.alpha, logits.beta].map((t) => floats(t, label));
    const { start, each, prefixes } = logits;
    const how = { directions, each, prefixes, biased: logits.b !== null, start };
    const own = [x, logits.b ? floats(logits.b, label) : x, m, alpha, beta] as GpuTensor[];
    const entries = 1 + 2 * updates;
    const lanes = scaledLanes(n, entries);
    const block = blockOf(directions);
    const y = this.make([r, entries, 3], 'f32', label);
    this.#temporary(`${label} (sums)`, block < directions ? [r, n] : [1], (sums) => {
      this.#temporary(`${label} (shares)`, [r, entries, lanes, 4], (shares) => {
        for (let first = 0; first < directions; first += block)
          this.record(scaledLogitStats(r, n, lanes, how, first), [...own, sums, shares]);
        this.record(scaledLogitStatsMerge(r, n, lanes, how), [shares, ...own, idsOf(logits.ids, label), y]);
      });
    });
    return y;
  }

  // --- projections --------------------------------------------------------------------------------

  dotGroups(x: Tensor, v: Tensor, groups: number, label = 'dotGroups'): Tensor {
    const [input, vector] = [floats(x, label), floats(v, label)];
    const n = lastAxis(input.shape);
    assert(
      n % groups === 0 && (size(vector.shape) === n || sameShape(vector.shape, input.shape)),
      `${label}: ${formatShape(x.shape)} with ${formatShape(v.shape)}, ${groups} groups`,
    );
    const y = this.make([...input.shape.slice(0, -1), groups], 'f32', label);
    return this.record(dotGroups(rows(input.shape), groups, n / groups, size(vector.shape) / n), [
      input,
      vector,
      y,
    ]);
  }

  // --- recording ----------------------------------------------------------------------------------

  /** The first part of W goes onto the bias, the others onto what is there by then; the last one has the epilogue. */
  #linear(
    { x, norm }: Input,
    W: GpuTensor,
    b: GpuTensor | null,
    shape: LinearShape,
    { y, residual = x, second, third }: LinearOutputs,
    epilogue: Epilogue = { kind: 'plain' },
  ): void {
    const { recorder, blanks } = this.context;
    const [nowhere, norThere] = blanks;
    const family = this.family(shape.rows);
    const outputs = [second ?? nowhere, third ?? norThere] as const;
    W.parts.forEach((part, i) => {
      const onto = i > 0 ? 'y' : b ? 'b' : 'nothing';
      const last = i === W.parts.length - 1 || epilogue.kind === 'thirds';
      const after: Epilogue = last ? epilogue : { kind: 'plain' };
      if (norm && family.normedLinear) {
        const dispatch = family.normedLinear(part, shape, onto, after, norm.kind);
        recorder.record(dispatch, [x, part, b ?? x, norm.w, y, ...outputs, norm.b], y.label);
        return;
      }
      const plan = family.linear(part, shape, onto, after);
      if (!('shares' in plan)) {
        recorder.record(plan, [x, part, b ?? x, residual, y, ...outputs], y.label);
        return;
      }
      this.#temporary(`${y.label} (shares)`, [plan.scratch], (shares) => {
        recorder.record(plan.shares, [x, part, b ?? x, residual, shares, ...blanks], shares.label);
        recorder.record(plan.merge, [shares, part, b ?? x, residual, y, ...outputs], y.label);
      });
    });
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
      this.record(first(r, n, lanes), [...inputs, shares]);
      this.record(sumLanes(r, lanes, parts, factor), [shares, y]);
    });
    return y;
  }
}
