/** The plain twin of every kernel: loops over arrays, f64 sums, f32 results. The oracle of all GPU tests. */

import { assert } from '../base/assert.ts';
import { largestOf } from '../base/largest.ts';
import { formatShape, lastAxis, rows, type Shape, sameShape, size } from '../base/shapes.ts';
import {
  dotHeadsInto,
  geluSlope,
  mixByKeyInto,
  mixByQueryInto,
  normBackInto,
  softmaxBackInto,
} from './cpuBackward.ts';
import { blendInto, renormalizeInto } from './cpuEdits.ts';
import { CpuTensor, floats, ids } from './cpuTensor.ts';
import { appendedShape, blendedShape, checkLike, checkMix, joinedShape } from './editShapes.ts';
import { checkKeys, checkRoom } from './keyValues.ts';
import type { Backend, Box, KeyValues, Normed, Ops, ScaledLogits, Scope } from './ops.ts';
import type { NormKind, NormParams } from './params.ts';
import { scaledShape } from './scaledShape.ts';
import type { HostTensor, Tensor } from './tensor.ts';

/** A backend in host memory. Slow, exact, and alike on every machine. */
export function createCpuBackend(): Backend {
  return {
    name: 'cpu',
    limits: { bufferBytes: Infinity, bindingBytes: Infinity },
    prepare: async () => {},
    allocate: (shape, dtype, label) => CpuTensor.allocate(shape, dtype, label),
    write: (parameter, firstRow, host) => (parameter as CpuTensor).write(firstRow, host),
    upload: (host, label) => CpuTensor.fromHost(host, label),
    settled: async () => {},
    free: (tensors) => {
      for (const tensor of tensors) (tensor as CpuTensor).released = true;
    },
    hasRoom: async () => true,
    arena: () => new CpuOps(),
  };
}

/**
 * Gives float values that were computed elsewhere to an arena of this backend, which does not copy them: nobody else may
 * change them from now on.
 */
export function adopt(ops: Ops, shape: Shape, data: Float32Array, label: string): Tensor {
  assert(ops instanceof CpuOps, `${label} was given to an arena of another backend`);
  return ops.adopt(shape, data, label);
}

class CpuOps implements Ops {
  readonly backend = 'cpu';
  #live = new Set<CpuTensor>();
  #kept = new Set<Tensor>();

  // --- memory: nothing to reuse here, but use after release must fail as it does on a GPU --------

  upload(host: HostTensor, label: string): Tensor {
    return this.#track(CpuTensor.fromHost(host, label));
  }

  adopt(shape: Shape, data: Float32Array, label: string): Tensor {
    return this.#track(new CpuTensor(shape, 'f32', label, data));
  }

  tidy<R extends Tensor | readonly Tensor[]>(body: () => R): R {
    const scope = this.scope();
    const result = body();
    scope.end([result].flat() as Tensor[]);
    return result;
  }

  scope(): Scope {
    const before = new Set(this.#live);
    return {
      end: (survivors) => {
        for (const tensor of this.#live) {
          if (before.has(tensor) || survivors.includes(tensor) || this.#kept.has(tensor)) continue;
          tensor.released = true;
          this.#live.delete(tensor);
        }
      },
    };
  }

  keep(tensor: Tensor): Tensor {
    this.#kept.add(tensor);
    return tensor;
  }

  border(): void {}

  flush(): void {}

  async read<const Ts extends readonly Tensor[]>(tensors: Ts): Promise<{ [K in keyof Ts]: Float32Array }> {
    return tensors.map((tensor) => floats(tensor).slice()) as { [K in keyof Ts]: Float32Array };
  }

  async readIds(tensor: Tensor): Promise<Uint32Array> {
    return ids(tensor).slice();
  }

  dispose(): void {
    for (const tensor of this.#live) tensor.released = true;
    this.#live.clear();
  }

  #track(tensor: CpuTensor): CpuTensor {
    this.#live.add(tensor);
    return tensor;
  }

  #make(shape: Shape, label: string, fill: (out: Float32Array) => void): Tensor {
    const out = new Float32Array(size(shape));
    fill(out);
    return this.#track(new CpuTensor(shape, 'f32', label, out));
  }

  /** One number per row. */
  #reduce(x: Tensor, label: string, f: (row: Float32Array, index: number) => number): Tensor {
    const n = lastAxis(x.shape);
    const data = floats(x);
    return this.#make(x.shape.slice(0, -1), label, (out) => {
      for (let r = 0; r < out.length; r++) out[r] = f(data.subarray(r * n, (r + 1) * n), r);
    });
  }

  // --- forward pass --------------------------------------------------------------------------------

  embed(table: Tensor, tokenIds: Tensor, label = 'embed'): Tensor {
    const d = lastAxis(table.shape);
    const data = floats(table);
    return this.#make([...tokenIds.shape, d], label, (out) => {
      ids(tokenIds).forEach((id, r) => {
        assert(id < rows(table.shape), `${label}: id ${id} of ${rows(table.shape)}`);
        out.set(data.subarray(id * d, (id + 1) * d), r * d);
      });
    });
  }

  embedTokens(W_E: Tensor, W_pos: Tensor, tokenIds: Tensor, past = 0, label = 'resid'): Tensor {
    const [batch = 1, pos = 0] = tokenIds.shape;
    const d = lastAxis(W_pos.shape);
    assert(past + pos <= rows(W_pos.shape), `${label}: ${past + pos} positions of ${rows(W_pos.shape)}`);
    const positions = floats(W_pos).subarray(past * d, (past + pos) * d);
    const embedded = floats(this.embed(W_E, tokenIds));
    return this.#make([batch, pos, d], label, (out) => {
      for (let i = 0; i < out.length; i++) out[i] = at(embedded, i) + at(positions, i % positions.length);
    });
  }

  posEmbed(W_pos: Tensor, batch: number, pos: number, label = 'pos_embed'): Tensor {
    const d = lastAxis(W_pos.shape);
    assert(pos <= rows(W_pos.shape), `${label}: ${pos} positions of ${rows(W_pos.shape)}`);
    const first = floats(W_pos).subarray(0, pos * d);
    return this.#make([batch, pos, d], label, (out) => {
      for (let b = 0; b < batch; b++) out.set(first, b * pos * d);
    });
  }

  add(a: Tensor, b: Tensor, label = 'add'): Tensor {
    assert(sameShape(a.shape, b.shape), `${label}: ${formatShape(a.shape)} + ${formatShape(b.shape)}`);
    const [p, q] = [floats(a), floats(b)];
    return this.#make(a.shape, label, (out) => {
      for (let i = 0; i < out.length; i++) out[i] = at(p, i) + at(q, i);
    });
  }

  norm(
    x: Tensor,
    params: NormParams<Tensor>,
    kind: NormKind,
    label = 'norm',
  ): { normalized: Tensor; scale: Tensor } {
    const d = lastAxis(x.shape);
    assert(size(params.w.shape) === d && size(params.b.shape) === d, `${label}: gain or bias is not [${d}]`);
    const [w, b] = [floats(params.w), floats(params.b)];
    const scale = this.#reduce(x, `${label}.hook_scale`, (row) => {
      if (kind.kind === 'linear') return 1;
      const center = meanOf(row);
      return Math.sqrt(row.reduce((sum, v) => sum + (v - center) ** 2, 0) / d + kind.eps);
    }) as CpuTensor;
    const [data, sigma] = [floats(x), floats(scale)];
    const normalized = this.#make(x.shape, `${label}.hook_normalized`, (out) => {
      for (let r = 0; r < rows(x.shape); r++) {
        const center = meanOf(data.subarray(r * d, (r + 1) * d));
        for (let i = 0; i < d; i++) {
          out[r * d + i] = ((at(data, r * d + i) - center) / at(sigma, r)) * at(w, i) + at(b, i);
        }
      }
    });
    return {
      normalized,
      scale: this.#track(new CpuTensor([...x.shape.slice(0, -1), 1], 'f32', scale.label, sigma)),
    };
  }

  freezeScale(w: Tensor, scale: Tensor, label = 'norm'): { gain: Tensor; scale: Tensor } {
    const pos = rows(scale.shape);
    assert(sameShape(scale.shape, [1, pos, 1]) && pos > 1, `${label}: a mean of ${formatShape(scale.shape)}`);
    const sigma = Math.fround(meanOf(floats(scale).subarray(1)));
    return {
      gain: this.#make(w.shape, `${label} (gain/σ)`, (out) => {
        floats(w).forEach((gain, i) => {
          out[i] = gain / sigma;
        });
      }),
      scale: this.#make(scale.shape, `${label}.hook_scale`, (out) => out.fill(sigma)),
    };
  }

  linear(
    x: Tensor,
    W: Tensor,
    b: Tensor | null,
    columns: readonly [start: number, count: number] = [0, lastAxis(W.shape)],
    label = 'linear',
  ): Tensor {
    const [n, m] = [lastAxis(x.shape), lastAxis(W.shape)];
    const [start, count] = columns;
    assert(rows(W.shape) === n, `${label}: ${formatShape(x.shape)} · ${formatShape(W.shape)}`);
    assert(start >= 0 && start + count <= m, `${label}: columns ${start}+${count} of ${m}`);
    const [xs, ws, bs] = [floats(x), floats(W), b && floats(b)];
    return this.#make([...x.shape.slice(0, -1), count], label, (out) => {
      const row = new Float64Array(count);
      for (let r = 0; r < rows(x.shape); r++) {
        for (let j = 0; j < count; j++) row[j] = bs ? at(bs, start + j) : 0;
        for (let i = 0; i < n; i++) {
          const xi = at(xs, r * n + i);
          const w = ws.subarray(i * m + start, i * m + start + count);
          for (let j = 0; j < count; j++) row[j]! += xi * at(w, j);
        }
        out.set(row, r * count);
      }
    });
  }

  qkv(
    x: Tensor | Normed,
    W_QKV: Tensor,
    b_QKV: Tensor,
    labels: readonly [string, string, string] = ['q', 'k', 'v'],
  ): { q: Tensor; k: Tensor; v: Tensor } {
    const input = this.#input(x);
    const d = lastAxis(W_QKV.shape) / 3;
    const third = (i: 0 | 1 | 2) => this.linear(input, W_QKV, b_QKV, [i * d, d], labels[i]);
    return { q: third(0), k: third(1), v: third(2) };
  }

  qkvInto(
    into: KeyValues,
    past: number,
    x: Tensor | Normed,
    W_QKV: Tensor,
    b_QKV: Tensor,
    label = 'q',
  ): Tensor {
    const { q, k, v } = this.qkv(x, W_QKV, b_QKV, [label, 'k', 'v']);
    checkRoom(into, past, q, label);
    floats(into.k).set(floats(k), past * lastAxis(k.shape));
    floats(into.v).set(floats(v), past * lastAxis(v.shape));
    return q;
  }

  linearGelu(
    x: Tensor | Normed,
    W: Tensor,
    b: Tensor,
    labels: { pre: string | null; post: string } = { pre: null, post: 'post' },
  ): { pre: Tensor | null; post: Tensor } {
    const pre = this.linear(this.#input(x), W, b, undefined, labels.pre ?? 'pre');
    return { pre: labels.pre === null ? null : pre, post: this.gelu(pre, labels.post) };
  }

  linearAdd(
    residual: Tensor,
    x: Tensor,
    W: Tensor,
    b: Tensor,
    labels: { out: string | null; sum: string } = { out: null, sum: 'sum' },
  ): { out: Tensor | null; sum: Tensor } {
    const out = this.linear(x, W, b, undefined, labels.out ?? 'out');
    return { out: labels.out === null ? null : out, sum: this.add(residual, out, labels.sum) };
  }

  #input(x: Tensor | Normed): Tensor {
    return 'params' in x ? this.norm(x.x, x.params, x.kind).normalized : x;
  }

  linearT(x: Tensor, W: Tensor, label = 'linearT'): Tensor {
    const [d, n] = [lastAxis(x.shape), rows(W.shape)];
    assert(lastAxis(W.shape) === d, `${label}: ${formatShape(x.shape)} · ${formatShape(W.shape)}ᵀ`);
    const [xs, ws] = [floats(x), floats(W)];
    return this.#make([...x.shape.slice(0, -1), n], label, (out) => {
      for (let r = 0; r < rows(x.shape); r++) dotRows(xs.subarray(r * d, (r + 1) * d), ws, out, r * n, n);
    });
  }

  attention(q: Tensor, k: Tensor, v: Tensor, nHeads: number, past = 0, label = 'z'): Tensor {
    const { batch, pos, d, dHead } = headShape(q, nHeads, label);
    const room = checkKeys(q, k, v, past, label);
    const [qs, ks, vs] = [floats(q), floats(k), floats(v)];
    return this.#make(q.shape, label, (out) => {
      for (let b = 0; b < batch; b++) {
        for (let query = 0; query < pos; query++) {
          for (let head = 0; head < d; head += dHead) {
            const row = (b * pos + query) * d + head;
            const scores = Float64Array.from({ length: past + query + 1 }, (_, key) => {
              return dot(qs, row, ks, (b * room + key) * d + head, dHead) / Math.sqrt(dHead);
            });
            const max = scores.reduce((m, score) => Math.max(m, score), -Infinity);
            const weights = scores.map((score) => Math.exp(score - max));
            const total = weights.reduce((sum, weight) => sum + weight, 0);
            for (let e = 0; e < dHead; e++) {
              const mixed = (sum: number, weight: number, key: number) =>
                sum + weight * at(vs, (b * room + key) * d + head + e);
              out[row + e] = weights.reduce(mixed, 0) / total;
            }
          }
        }
      }
    });
  }

  attentionScores(q: Tensor, k: Tensor, nHeads: number, label = 'attn_scores'): Tensor {
    const { batch, pos, d, dHead } = headShape(q, nHeads, label);
    assert(sameShape(q.shape, k.shape), `${label}: q ${formatShape(q.shape)}, k ${formatShape(k.shape)}`);
    const [qs, ks] = [floats(q), floats(k)];
    return this.#make([batch, nHeads, pos, pos], label, (out) => {
      let o = 0;
      for (let b = 0; b < batch; b++) {
        for (let h = 0; h < nHeads; h++) {
          for (let query = 0; query < pos; query++) {
            for (let key = 0; key < pos; key++) {
              const [qAt, kAt] = [(b * pos + query) * d + h * dHead, (b * pos + key) * d + h * dHead];
              out[o++] = key > query ? -Infinity : dot(qs, qAt, ks, kAt, dHead) / Math.sqrt(dHead);
            }
          }
        }
      }
    });
  }

  softmax(scores: Tensor, label = 'pattern'): Tensor {
    const n = lastAxis(scores.shape);
    const data = floats(scores);
    return this.#make(scores.shape, label, (out) => {
      for (let r = 0; r < rows(scores.shape); r++) {
        const row = data.subarray(r * n, (r + 1) * n);
        const max = maxOf(row);
        const total = row.reduce((sum, v) => sum + Math.exp(v - max), 0);
        for (let i = 0; i < n; i++) out[r * n + i] = Math.exp(at(row, i) - max) / total;
      }
    });
  }

  mix(pattern: Tensor, v: Tensor, label = 'z'): Tensor {
    const nHeads = pattern.shape[1] ?? 0;
    const { batch, pos, d, dHead } = headShape(v, nHeads, label);
    assert(
      sameShape(pattern.shape, [batch, nHeads, pos, pos]),
      `${label}: pattern ${formatShape(pattern.shape)}`,
    );
    const [as, vs] = [floats(pattern), floats(v)];
    return this.#make(v.shape, label, (out) => {
      for (let b = 0; b < batch; b++) {
        for (let query = 0; query < pos; query++) {
          for (let c = 0; c < d; c++) {
            const a = ((b * nHeads + Math.floor(c / dHead)) * pos + query) * pos;
            let sum = 0;
            for (let key = 0; key <= query; key++) sum += at(as, a + key) * at(vs, (b * pos + key) * d + c);
            out[(b * pos + query) * d + c] = sum;
          }
        }
      }
    });
  }

  gelu(x: Tensor, label = 'gelu'): Tensor {
    const data = floats(x);
    return this.#make(x.shape, label, (out) => {
      data.forEach((u, i) => {
        out[i] = 0.5 * u * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (u + 0.044715 * u ** 3)));
      });
    });
  }

  headResults(z: Tensor, W_O: Tensor, nHeads: number, label = 'result'): Tensor {
    const { batch, pos, d, dHead } = headShape(z, nHeads, label);
    const dModel = lastAxis(W_O.shape);
    assert(rows(W_O.shape) === d, `${label}: z ${formatShape(z.shape)}, W_O ${formatShape(W_O.shape)}`);
    const [zs, ws] = [floats(z), floats(W_O)];
    return this.#make([batch, pos, nHeads, dModel], label, (out) => {
      for (let r = 0; r < batch * pos; r++) {
        for (let h = 0; h < nHeads; h++) {
          for (let j = 0; j < dModel; j++) {
            let sum = 0;
            for (let i = h * dHead; i < (h + 1) * dHead; i++)
              sum += at(zs, r * d + i) * at(ws, i * dModel + j);
            out[(r * nHeads + h) * dModel + j] = sum;
          }
        }
      }
    });
  }

  // --- interventions and the backward pass: cpuEdits.ts, cpuBackward.ts ------------------------------

  blend(
    x: Tensor,
    boxes: readonly Box[],
    factor: number,
    y: Tensor | null,
    { causal = false }: { causal?: boolean } = {},
    label = 'blend',
  ): Tensor {
    const shape = blendedShape(x, boxes, y, causal, label);
    return this.#make(shape, label, (out) =>
      blendInto(out, shape, floats(x), boxes, factor, y && { shape: y.shape, data: floats(y) }, causal),
    );
  }

  meanPositions(x: Tensor, label = 'mean'): Tensor {
    const [batch = 0, pos = 0, d = 0] = x.shape;
    assert(x.shape.length === 3, `${label}: a mean over positions of ${formatShape(x.shape)}`);
    const data = floats(x);
    return this.#make([batch, 1, d], label, (out) => {
      for (let i = 0; i < out.length; i++) {
        const first = Math.floor(i / d) * pos * d + (i % d);
        let sum = 0;
        for (let p = 0; p < pos; p++) sum += at(data, first + p * d);
        out[i] = sum / pos;
      }
    });
  }

  renormalize(pattern: Tensor, boxes: readonly Box[], label = 'pattern'): Tensor {
    const shape = blendedShape(pattern, boxes, null, true, label);
    return this.#make(shape, label, (out) => renormalizeInto(out, shape, floats(pattern), boxes));
  }

  appendRows(past: Tensor, count: number, added: Tensor, label = 'rows'): Tensor {
    const { batch, m, d } = appendedShape(past, count, added, label);
    const [before, after] = [floats(past), floats(added)];
    const room = past.shape[1] as number;
    return this.#make([batch, count + m, d], label, (out) => {
      for (let b = 0; b < batch; b++) {
        const first = (b % (past.shape[0] as number)) * room * d;
        out.set(before.subarray(first, first + count * d), b * (count + m) * d);
        out.set(after.subarray(b * m * d, (b + 1) * m * d), (b * (count + m) + count) * d);
      }
    });
  }

  join(parts: readonly Tensor[], label = 'joined'): Tensor {
    const shape = joinedShape(parts, label);
    const width = lastAxis(shape);
    return this.#make(shape, label, (out) => {
      let column = 0;
      for (const part of parts) {
        const [data, n] = [floats(part), lastAxis(part.shape)];
        for (let r = 0; r < rows(shape); r++) out.set(data.subarray(r * n, (r + 1) * n), r * width + column);
        column += n;
      }
    });
  }

  normBack(
    dy: Tensor,
    x: Tensor,
    params: NormParams<Tensor>,
    kind: NormKind,
    label = 'norm',
  ): { dx: Tensor; dScale: Tensor } {
    checkLike(dy, x, label);
    const d = lastAxis(x.shape);
    assert(size(params.w.shape) === d, `${label}: gain is not [${d}]`);
    const dScale = new Float32Array(rows(x.shape));
    const dx = this.#make(x.shape, `${label} (dx)`, (out) =>
      normBackInto(out, dScale, floats(dy), floats(x), floats(params.w), kind),
    );
    return { dx, dScale: this.adopt([...x.shape.slice(0, -1), 1], dScale, `${label}.hook_scale (gradient)`) };
  }

  geluBack(dy: Tensor, x: Tensor, label = 'pre (gradient)'): Tensor {
    checkLike(dy, x, label);
    const [given, data] = [floats(dy), floats(x)];
    return this.#make(x.shape, label, (out) => {
      data.forEach((u, i) => {
        out[i] = at(given, i) * geluSlope(u);
      });
    });
  }

  softmaxBack(dy: Tensor, y: Tensor, label = 'scores (gradient)'): Tensor {
    checkLike(dy, y, label);
    return this.#make(y.shape, label, (out) =>
      softmaxBackInto(out, floats(dy), floats(y), lastAxis(y.shape)),
    );
  }

  mixBack(dz: Tensor, pattern: Tensor, v: Tensor, label = 'mix'): { pattern: Tensor; v: Tensor } {
    const shape = checkMix(dz, pattern, v, label);
    const [given, as, vs] = [floats(dz), floats(pattern), floats(v)];
    return {
      pattern: this.#make(pattern.shape, `${label} pattern (gradient)`, (out) =>
        dotHeadsInto(out, given, vs, shape),
      ),
      v: this.#make(v.shape, `${label} v (gradient)`, (out) => mixByKeyInto(out, as, given, shape, 1)),
    };
  }

  scoresBack(dScores: Tensor, q: Tensor, k: Tensor, label = 'scores'): { q: Tensor; k: Tensor } {
    const shape = checkMix(q, dScores, k, label);
    const factor = 1 / Math.sqrt(shape.dHead);
    const [given, qs, ks] = [floats(dScores), floats(q), floats(k)];
    return {
      q: this.#make(q.shape, `${label} q (gradient)`, (out) => mixByQueryInto(out, given, ks, shape, factor)),
      k: this.#make(k.shape, `${label} k (gradient)`, (out) => mixByKeyInto(out, given, qs, shape, factor)),
    };
  }

  // --- reductions ----------------------------------------------------------------------------------

  logSumExp(x: Tensor, label = 'logSumExp'): Tensor {
    return this.#reduce(x, label, logSumExpOf);
  }

  mean(x: Tensor, label = 'mean'): Tensor {
    return this.#reduce(x, label, meanOf);
  }

  entropy(logits: Tensor, lse: Tensor, label = 'entropy'): Tensor {
    const total = floats(lse);
    return this.#reduce(logits, label, (row, r) =>
      row.reduce((sum, logit) => sum + plogp(logit - at(total, r)), 0),
    );
  }

  gather(x: Tensor, which: Tensor, label = 'gather'): Tensor {
    const index = ids(which);
    return this.#reduce(x, label, (row, r) => at(row, at(index, r)));
  }

  rank(x: Tensor, which: Tensor, label = 'rank'): Tensor {
    const index = ids(which);
    return this.#reduce(x, label, (row, r) => {
      const id = at(index, r);
      const value = at(row, id);
      return row.reduce((count, v, i) => count + (v > value || (v === value && i < id) ? 1 : 0), 0);
    });
  }

  topK(
    x: Tensor,
    k: number,
    label = 'topK',
    by: 'value' | 'magnitude' = 'value',
  ): { values: Tensor; ids: Tensor } {
    const n = lastAxis(x.shape);
    assert(k >= 1 && k <= n, `${label}: k = ${k} of ${n}`);
    const data = floats(x);
    const shape = [...x.shape.slice(0, -1), k];
    const order = new Uint32Array(size(shape));
    const values = this.#make(shape, `${label}.values`, (out) => {
      for (let r = 0; r < rows(x.shape); r++) {
        const row = data.subarray(r * n, (r + 1) * n);
        // NaN sorts last: a comparison with it would otherwise leave the order undefined.
        const ordered = (value: number) => (by === 'magnitude' ? Math.abs(value) : value);
        const key = (i: number) => (Number.isNaN(at(row, i)) ? -Infinity : ordered(at(row, i)));
        const best = largestOf(n, k, key);
        for (let i = 0; i < k; i++) {
          order[r * k + i] = best[i] ?? 0;
          out[r * k + i] = at(row, best[i] ?? 0);
        }
      }
    });
    return { values, ids: this.#track(new CpuTensor(shape, 'u32', `${label}.ids`, order)) };
  }

  divergence(a: Tensor, lseA: Tensor, b: Tensor, lseB: Tensor, label = 'divergence'): Tensor {
    assert(sameShape(a.shape, b.shape), `${label}: ${formatShape(a.shape)} against ${formatShape(b.shape)}`);
    const n = lastAxis(a.shape);
    const [as, bs, za, zb] = [floats(a), floats(b), floats(lseA), floats(lseB)];
    return this.#make([...a.shape.slice(0, -1), 3], label, (out) => {
      for (let r = 0; r < rows(a.shape); r++) {
        let [kl, reverse, jsd] = [0, 0, 0];
        for (let i = 0; i < n; i++) {
          const [logP, logQ] = [at(as, r * n + i) - at(za, r), at(bs, r * n + i) - at(zb, r)];
          const [p, q] = [Math.exp(logP), Math.exp(logQ)];
          const [m, logM] = [(p + q) / 2, Math.log((p + q) / 2)];
          kl += divergenceTerm(p, q, logP - logQ);
          reverse += divergenceTerm(q, p, logQ - logP);
          jsd += 0.5 * (divergenceTerm(p, m, logP - logM) + divergenceTerm(q, m, logQ - logM));
        }
        out.set([kl, reverse, jsd], r * 3);
      }
    });
  }

  scaledLogitStats(logits: ScaledLogits, label = 'scaledLogitStats'): Tensor {
    const { rows: count, n, directions, updates, summed } = scaledShape(logits, label);
    const [x, b, m] = [floats(logits.x), logits.b && floats(logits.b), floats(logits.m)];
    const [alpha, beta, index] = [floats(logits.alpha), floats(logits.beta), ids(logits.ids)];
    const entries = 1 + 2 * updates;
    const z = new Float64Array(n);
    return this.#make([count, entries, 3], label, (out) => {
      for (let i = 0; i < count * entries; i++) {
        const [r, entry] = [Math.floor(i / entries), i % entries];
        const row = x.subarray((logits.start + r) * n, (logits.start + r + 1) * n);
        const update = (entry - 1) % updates;
        const scale = entry > updates ? at(alpha, r * updates + update) : 1;
        const single = update < summed;
        const [first, last] = single ? [update, update] : [0, directions - (updates - update)];
        z.set(row);
        for (let d = first; entry > 0 && d <= last; d++)
          for (let c = 0; c < n; c++) z[c]! += at(beta, r * directions + d) * at(m, d * n + c);
        for (let c = 0; c < n; c++) {
          const base = b ? at(b, c) : 0;
          z[c] = base + scale * (at(z, c) - base);
        }
        out.set(statsOf(z, at(index, r), row.every(Number.isFinite)), 3 * i);
      }
    });
  }

  // --- projections ---------------------------------------------------------------------------------

  dotGroups(x: Tensor, v: Tensor, groups: number, label = 'dotGroups'): Tensor {
    const n = lastAxis(x.shape);
    assert(
      n % groups === 0 && (size(v.shape) === n || sameShape(v.shape, x.shape)),
      `${label}: ${formatShape(x.shape)} with ${formatShape(v.shape)}, ${groups} groups`,
    );
    const [xs, vs, m] = [floats(x), floats(v), n / groups];
    return this.#make([...x.shape.slice(0, -1), groups], label, (out) => {
      for (let o = 0; o < out.length; o++) out[o] = dot(xs, o * m, vs, (o * m) % vs.length, m);
    });
  }
}

function at(data: ArrayLike<number>, i: number): number {
  return data[i] as number;
}

function dot(a: Float32Array, aAt: number, b: Float32Array, bAt: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += at(a, aAt + i) * at(b, bAt + i);
  return sum;
}

/**
 * out[at + j] = x·(row j of W) for n rows. Four rows at a time, because the analyses of real models do billions of
 * these: more than twice as fast as one by one.
 */
function dotRows(x: Float32Array, W: Float32Array, out: Float32Array, at: number, n: number): void {
  const d = x.length;
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    const [first, second, third, fourth] = [j * d, (j + 1) * d, (j + 2) * d, (j + 3) * d];
    let [a, b, c, e] = [0, 0, 0, 0];
    for (let i = 0; i < d; i++) {
      const v = x[i] as number;
      a += v * (W[first + i] as number);
      b += v * (W[second + i] as number);
      c += v * (W[third + i] as number);
      e += v * (W[fourth + i] as number);
    }
    out[at + j] = a;
    out[at + j + 1] = b;
    out[at + j + 2] = c;
    out[at + j + 3] = e;
  }
  for (; j < n; j++) out[at + j] = dot(x, 0, W, j * d, d);
}

function meanOf(row: Float32Array): number {
  return row.reduce((sum, v) => sum + v, 0) / row.length;
}

function maxOf(row: Float32Array): number {
  return row.reduce((m, v) => Math.max(m, v), -Infinity);
}

/** −Infinity for a row of nothing but −Infinity. */
function logSumExpOf(row: Float32Array): number {
  const max = maxOf(row);
  if (max === -Infinity) return -Infinity;
  return max + Math.log(row.reduce((sum, v) => sum + Math.exp(v - max), 0));
}

/** ln Σ e^z, the entropy of softmax(z) and one z. */
function statsOf(
  z: Float64Array,
  id: number,
  finite: boolean,
): [lse: number, entropy: number, logit: number] {
  if (!finite) return [Number.NaN, Number.NaN, Number.NaN];
  const max = z.reduce((m, v) => Math.max(m, v), -Infinity);
  let [sum, weighted] = [0, 0];
  for (const value of z) {
    const weight = Math.exp(value - max);
    sum += weight;
    weighted += weight * (value - max);
  }
  return [max + Math.log(sum), Math.log(sum) - weighted / sum, at(z, id)];
}

/** −p·ln p for a log-probability; 0 where p is 0, NaN where it is NaN. */
function plogp(logP: number): number {
  const p = Math.exp(logP);
  return p === 0 ? 0 : -p * logP;
}

/**
 * p·ln(p/q) − p + q: one token's part of KL(p‖q), never negative. The −p + q add up to 0 over the vocabulary and take
 * the rounding of the two normalisations out of the sum.
 */
function divergenceTerm(p: number, q: number, logRatio: number): number {
  return p === 0 ? q : p * logRatio - p + q;
}

function headShape(x: Tensor, nHeads: number, label: string) {
  const [batch, pos, d] = x.shape;
  assert(
    batch && pos && d && x.shape.length === 3 && d % nHeads === 0,
    `${label}: ${formatShape(x.shape)}, ${nHeads} heads`,
  );
  return { batch, pos, d, dHead: d / nHeads };
}
