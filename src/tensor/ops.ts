/** The seam between the mathematics and the machine: every function a GPT-2 and its analyses are made of. */

import type { Shape } from '../base/shapes.ts';
import type { ModelConfig, NormKind, NormParams, StorageDType } from './params.ts';
import type { HostTensor, Tensor } from './tensor.ts';

/** What one allocation may be; Infinity where nothing limits it. */
export interface BackendLimits {
  /** The largest buffer. */
  readonly bufferBytes: number;
  /** The largest part of a tensor that a kernel can see at once. */
  readonly bindingBytes: number;
}

/**
 * A device that holds tensors. Weights live as long as the backend; everything else belongs to an arena.
 * cpuOps is the plain twin and the oracle, webgpuOps the fast one.
 */
export interface Backend {
  readonly name: 'cpu' | 'webgpu';
  readonly limits: BackendLimits;
  /**
   * Makes ready what a model of these sizes takes whose parameters are kept like this: kernels are compiled, which may go
   * on while its parameters are written. Cheap when done before; what is not prepared is compiled at its first use.
   */
  prepare(
    dtype: StorageDType,
    config: Pick<ModelConfig, 'dHead'>,
    onProgress?: (done: number, total: number) => void,
  ): Promise<void>;
  /**
   * Memory for a parameter, for as long as it is not freed; its values come by `write`. A matrix beyond
   * `limits.bindingBytes` is split by rows. Throws DeviceError where even one row is beyond a limit.
   */
  allocate(shape: Shape, dtype: StorageDType, label: string): Tensor;
  /**
   * Writes rows `firstRow` … of a parameter (a vector is one row). `rows` is kept as the parameter is; firstRow is a
   * multiple of 4, and so is the number of rows unless they reach the parameter's end.
   */
  write(parameter: Tensor, firstRow: number, rows: HostTensor): void;
  /** `allocate` and `write` in one. */
  upload(host: HostTensor, label: string): Tensor;
  /** Resolves once the device is known to have had memory for these parameters; DeviceError naming the one it had none for. */
  settled(parameters: Iterable<Tensor>): Promise<void>;
  /** Frees parameters. */
  free(tensors: Iterable<Tensor>): void;
  /** Whether the device has room for so many bytes more, found out by asking for them and giving them back. */
  hasRoom(bytes: number): Promise<boolean>;
  /** A fresh arena: tensors made through it live until its `dispose`. */
  arena(label: string): Ops;
}

/** Activations that are to be normed before they are read: a backend may do that as it loads them, and store nothing. */
export interface Normed {
  readonly x: Tensor;
  readonly params: NormParams<Tensor>;
  readonly kind: NormKind;
}

/** Keys and values of one layer with room for later positions: [1, capacity, head·d_head] each. */
export interface KeyValues {
  readonly k: Tensor;
  readonly v: Tensor;
}

/**
 * Where an edit applies: half-open ranges [from, to) over the last three axes. A tensor [batch, pos, width] counts as
 * [batch, 1, pos, width].
 */
export type Box = readonly [
  aFrom: number,
  aTo: number,
  bFrom: number,
  bTo: number,
  cFrom: number,
  cTo: number,
];

/** Tensors made from some point on, to be released together. */
export interface Scope {
  /** Releases them, except the survivors and those given to `keep`; the memory serves later ops of the arena. */
  end(survivors: readonly Tensor[]): void;
}

/** The operands of `Ops.scaledLogitStats`. */
export interface ScaledLogits {
  readonly x: Tensor;
  readonly start: number;
  readonly b: Tensor | null;
  readonly m: Tensor;
  readonly beta: Tensor;
  readonly alpha: Tensor;
  readonly ids: Tensor;
  readonly each: boolean;
  readonly prefixes: boolean;
}

/**
 * Functions over tensors, with the names of the mathematics. Calls record work in order and return at once;
 * `read` is the only one that waits. Activations are [batch, pos, …]; "rows" are all axes but the last.
 */
export interface Ops {
  readonly backend: 'cpu' | 'webgpu';

  // --- memory -------------------------------------------------------------------------------
  /** Copies host values (token ids, directions) into the arena. */
  upload(host: HostTensor, label: string): Tensor;
  /**
   * Runs `body` and releases every tensor made inside, except the ones it returns and the ones given to `keep`.
   * The released memory serves later ops of this arena.
   */
  tidy<R extends Tensor | readonly Tensor[]>(body: () => R): R;
  /** `tidy` for work that is done step by step. Scopes of an arena end in the opposite order of their beginnings. */
  scope(): Scope;
  /** Marks a tensor as surviving every enclosing `tidy` and `scope`; returns it. */
  keep(tensor: Tensor): Tensor;
  /** A good place to cut long work into a new submit (a layer's end); the backend decides. */
  border(): void;
  /** Hands everything recorded so far to the device, so that other arenas of this backend may use the tensors. */
  flush(): void;
  /** Reads f32 and f16 tensors back as floats, in one transfer. */
  read<const Ts extends readonly Tensor[]>(tensors: Ts): Promise<{ [K in keyof Ts]: Float32Array }>;
  /** Reads a u32 tensor back. */
  readIds(tensor: Tensor): Promise<Uint32Array>;
  /** Frees everything made through this arena. The arena must not be used afterwards. */
  dispose(): void;

  // --- forward pass ---------------------------------------------------------------------------
  /** Rows of a table: table [..., d] with its rows counted over all leading axes, ids u32 [...]  →  [..., d]. Takes rows of any tensor. */
  embed(table: Tensor, ids: Tensor, label?: string): Tensor;
  /** The first `pos` rows of W_pos for every batch entry: [n_ctx, d] → [batch, pos, d]. */
  posEmbed(W_pos: Tensor, batch: number, pos: number, label?: string): Tensor;
  /** The residual stream that a run begins with: W_E[ids] + W_pos[past …], ids [batch, pos] → [batch, pos, d]. */
  embedTokens(W_E: Tensor, W_pos: Tensor, ids: Tensor, past?: number, label?: string): Tensor;
  /** a + b, same shape. */
  add(a: Tensor, b: Tensor, label?: string): Tensor;
  /**
   * The norm over the last axis. layer: (x − mean)/σ ⊙ w + b with σ = √(biased var + eps).
   * linear: (x − mean) ⊙ w + b, scale ≡ 1. normalized [..., d], scale [..., 1].
   */
  norm(
    x: Tensor,
    params: NormParams<Tensor>,
    kind: NormKind,
    label?: string,
  ): { normalized: Tensor; scale: Tensor };
  /**
   * A gain that divides by one number: w/σ̄ [d], and σ̄ at every position, where σ̄ is the mean of `scale` [1, pos, 1] over
   * positions ≥ 1.
   */
  freezeScale(w: Tensor, scale: Tensor, label?: string): { gain: Tensor; scale: Tensor };
  /** x·W[:, columns] + b[columns]: x [..., n], W [n, m], b [m] or null, columns [start, count] (default all) → [..., count]. */
  linear(
    x: Tensor,
    W: Tensor,
    b: Tensor | null,
    columns?: readonly [start: number, count: number],
    label?: string,
  ): Tensor;
  /** linear in thirds: x·W_QKV + b_QKV, W_QKV [d, 3d] → q, k, v [batch, pos, d], one after the other in the columns of W_QKV. */
  qkv(
    x: Tensor | Normed,
    W_QKV: Tensor,
    b_QKV: Tensor,
    labels?: readonly [q: string, k: string, v: string],
  ): { q: Tensor; k: Tensor; v: Tensor };
  /** `qkv` of one prompt's next positions: k and v are written to rows past … of `into`; q [1, pos, d]. */
  qkvInto(
    into: KeyValues,
    past: number,
    x: Tensor | Normed,
    W_QKV: Tensor,
    b_QKV: Tensor,
    label?: string,
  ): Tensor;
  /** gelu(x·W + b), and what is before the gelu where `labels.pre` is not null. */
  linearGelu(
    x: Tensor | Normed,
    W: Tensor,
    b: Tensor,
    labels?: { pre: string | null; post: string },
  ): { pre: Tensor | null; post: Tensor };
  /** residual + (x·W + b), and the added term by itself where `labels.out` is not null. */
  linearAdd(
    residual: Tensor,
    x: Tensor,
    W: Tensor,
    b: Tensor,
    labels?: { out: string | null; sum: string },
  ): { out: Tensor | null; sum: Tensor };
  /** x·Wᵀ: x [..., d], W [n, d] → [..., n]. The unembedding (W_U row per token), and W·u for a direction u [d] → [n]. */
  linearT(x: Tensor, W: Tensor, label?: string): Tensor;
  /**
   * softmax(q·kᵀ/√d_head)·v, causal, without storing the pattern. q [batch, pos, head·d_head]; k, v the same, or with
   * more rows: query i stands at position past + i and sees the keys up to there. → z like q.
   */
  attention(q: Tensor, k: Tensor, v: Tensor, nHeads: number, past?: number, label?: string): Tensor;
  /** q·kᵀ/√d_head, causal: masked entries are −Infinity. q, k [batch, pos, head·d_head] → [batch, head, query, key]. */
  attentionScores(q: Tensor, k: Tensor, nHeads: number, label?: string): Tensor;
  /** Softmax over the last axis; −Infinity gives exactly 0. */
  softmax(scores: Tensor, label?: string): Tensor;
  /** Σ_key pattern·v: pattern [batch, head, query, key], v [batch, pos, head·d_head] → z [batch, pos, head·d_head]. */
  mix(pattern: Tensor, v: Tensor, label?: string): Tensor;
  /** GPT-2's gelu_new (tanh form), elementwise. */
  gelu(x: Tensor, label?: string): Tensor;
  /** What every head writes: z [batch, pos, head·d_head], W_O [head·d_head, d] → [batch, pos, head, d], no b_O. */
  headResults(z: Tensor, W_O: Tensor, nHeads: number, label?: string): Tensor;

  // --- interventions ----------------------------------------------------------------------------
  /**
   * factor·x + y inside a box, x outside; a factor of 0 drops x, whatever it holds. One box for every batch entry, or one
   * each. x [batch, pos, width] or [batch, head, query, key]; each axis of y is x's or 1, null for 0. A batch of 1, in x,
   * y and boxes alike, serves every entry. `causal` (of [batch, head, query, key]): keys after their query stay as they are.
   */
  blend(
    x: Tensor,
    boxes: readonly Box[],
    factor: number,
    y: Tensor | null,
    options?: { causal?: boolean },
    label?: string,
  ): Tensor;
  /** The mean over positions: [batch, pos, width] → [batch, 1, width]. */
  meanPositions(x: Tensor, label?: string): Tensor;
  /**
   * Each row that a box reaches (whatever its range of keys) divided by its sum over the keys up to its query; a row that
   * sums to less than 1e-30 becomes 0. pattern [batch, head, query, key], boxes as in `blend`.
   */
  renormalize(pattern: Tensor, boxes: readonly Box[], label?: string): Tensor;
  /** The first `count` rows of `past`, then all of `rows`: past [1 or batch, n ≥ count, d], rows [batch, m, d] → [batch, count + m, d]. */
  appendRows(past: Tensor, count: number, rows: Tensor, label?: string): Tensor;

  // --- backward pass: the gradient of one number with respect to an op's input, given that of its output ---------
  // The backward of `linear` is linearT: dy·Wᵀ with W [in, out]. That of `linearT` is linear; that of `add` is dy itself.
  /** Side by side in the last axis: [..., n₁], [..., n₂], … → [..., n₁ + n₂ + …]. Several gradients make one product with W_QKVᵀ. */
  join(parts: readonly Tensor[], label?: string): Tensor;
  /**
   * Of `norm`, σ as a function of x: with g = dy ⊙ w, x̂ = (x − mean)/σ,
   * layer: dx = (g − mean g − x̂·mean(g ⊙ x̂))/σ, and dScale = −Σ g ⊙ x̂ / σ, the gradient of σ by itself [..., 1];
   * linear: dx = g − mean g, dScale 0.
   */
  normBack(
    dy: Tensor,
    x: Tensor,
    params: NormParams<Tensor>,
    kind: NormKind,
    label?: string,
  ): { dx: Tensor; dScale: Tensor };
  /** Of `gelu`: dy ⊙ gelu′(x). */
  geluBack(dy: Tensor, x: Tensor, label?: string): Tensor;
  /** Of `softmax`: y ⊙ (dy − Σ dy ⊙ y) over the last axis. Where y is 0, exactly 0, whatever dy holds. */
  softmaxBack(dy: Tensor, y: Tensor, label?: string): Tensor;
  /** Of `mix`: dz and v [batch, pos, head·d_head], pattern [batch, head, query, key] → the pattern's, 0 where key > query, and v's. */
  mixBack(dz: Tensor, pattern: Tensor, v: Tensor, label?: string): { pattern: Tensor; v: Tensor };
  /** Of `attentionScores`: dScores [batch, head, query, key], read where key ≤ query; q and k [batch, pos, head·d_head] → theirs. */
  scoresBack(dScores: Tensor, q: Tensor, k: Tensor, label?: string): { q: Tensor; k: Tensor };

  // --- reductions over the last axis (the vocabulary) ----------------------------------------
  /** ln Σ exp, stable. [..., n] → [...]. */
  logSumExp(x: Tensor, label?: string): Tensor;
  /** Mean. [..., n] → [...]. */
  mean(x: Tensor, label?: string): Tensor;
  /** Shannon entropy in nats of softmax(logits), given their logSumExp. [..., n], [...] → [...]. */
  entropy(logits: Tensor, lse: Tensor, label?: string): Tensor;
  /** One entry per row: x [rows…, n], ids u32 [rows…] → [rows…]. */
  gather(x: Tensor, ids: Tensor, label?: string): Tensor;
  /** Rank of an entry within its row, 0 for the largest: how many are greater, ties broken by the lower id. x [rows…, n], ids [rows…] → [rows…]. */
  rank(x: Tensor, ids: Tensor, label?: string): Tensor;
  /**
   * The k largest per row, by value or by magnitude, descending, ties by the lower id. [rows…, n] → values f32 and
   * ids u32, [rows…, k].
   */
  topK(x: Tensor, k: number, label?: string, by?: 'value' | 'magnitude'): { values: Tensor; ids: Tensor };
  /**
   * Divergences in nats between two distributions given as logits and their logSumExp.
   * [rows…, n] ×2, [rows…] ×2 → [rows…, 3]: KL(a‖b), KL(b‖a), JSD(a, b).
   */
  divergence(a: Tensor, lseA: Tensor, b: Tensor, lseB: Tensor, label?: string): Tensor;
  /**
   * What logits become that directions are added to and that are then scaled towards their bias, reduced without being
   * stored: z = b + α·(x − b + u). Updates are, where `each`, u = β_d·m_d of every direction, and then Σ β_d·m_d of all of
   * them or, where `prefixes`, of the first, of the first two, … x [rows of x…, n], of which the rows from `start` on are
   * meant, b [n] or null for 0, m [directions, n], beta [rows, directions], alpha [rows, updates], ids u32 [rows] →
   * [rows, 1 + 2·updates, 3]: x itself, then every update with α = 1, then every one with its own; of each
   * ln Σ e^z, the entropy in nats of softmax(z), z of the id. NaN where the row of x has anything not finite.
   */
  scaledLogitStats(logits: ScaledLogits, label?: string): Tensor;

  // --- projections ----------------------------------------------------------------------------
  /**
   * Per group of the last axis, a dot product: x [..., g·m], v [g·m] or, a vector per row, like x → [..., g]. g = 1 projects
   * a residual on a direction; m = 1 is elementwise.
   */
  dotGroups(x: Tensor, v: Tensor, groups: number, label?: string): Tensor;
}
