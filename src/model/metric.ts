/** What a backward pass starts from: one number per prompt, and its derivative by the final norm's output. */

import { InputError } from '../base/errors.ts';
import { lastAxis, rows } from '../base/shapes.ts';
import type { Ops } from '../tensor/ops.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Σ coefficient · logit at one position: a logit, or a difference of mean logits. */
export interface LogitsMetric {
  readonly kind: 'logits';
  /** From 0. */
  readonly position: number;
  readonly weights: readonly { readonly id: number; readonly coefficient: number }[];
}

/** The mean log-probability, in nats, of a set of tokens as the next one. */
export interface LogProbMetric {
  readonly kind: 'log-prob';
  readonly position: number;
  readonly target: readonly number[];
}

/** KL(reference ‖ this run) of the distributions of the next token, in nats. */
export interface KlMetric {
  readonly kind: 'kl';
  readonly position: number;
  /** The ids of another prompt, on the same arm and unedited. */
  readonly reference: readonly number[];
  /** Where it is read. Default `position`. */
  readonly referencePosition?: number;
}

/** Σ coefficient·logit at one position, or a log-probability, or a divergence; what gradients are of. */
export type Metric = LogitsMetric | LogProbMetric | KlMetric;

/** The metric mean logit of `target` − mean logit of `contrast`. */
export function logitDifference(
  position: number,
  target: readonly number[],
  contrast: readonly number[] = [],
): LogitsMetric {
  const each = (ids: readonly number[], sign: number) =>
    ids.map((id) => ({ id, coefficient: sign / ids.length }));
  return { kind: 'logits', position, weights: [...each(target, 1), ...each(contrast, -1)] };
}

/**
 * Checks a metric for prompts of `pos` tokens.
 * @throws InputError on a position outside the prompt, no token, or an id outside the vocabulary.
 */
export function checkMetric(config: ModelConfig, metric: Metric, pos: number): void {
  checkPosition('metric', metric.position, pos);
  if (metric.kind === 'kl') {
    checkPosition('reference', metric.referencePosition ?? metric.position, metric.reference.length);
    return;
  }
  const ids = metric.kind === 'logits' ? metric.weights.map(({ id }) => id) : metric.target;
  if (ids.length === 0)
    throw new InputError('The metric names no token. Name at least one as its target.', { metric });
  const bad = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= config.dVocab);
  if (bad === undefined) return;
  throw new InputError(
    `Token id ${bad} of the metric is not in the vocabulary: ids go from 0 to ${config.dVocab - 1}.`,
    { metric, dVocab: config.dVocab },
  );
}

function checkPosition(of: string, position: number, pos: number): void {
  if (Number.isInteger(position) && position >= 0 && position < pos) return;
  throw new InputError(
    `Position ${position} of the ${of} is outside its prompt, whose ${pos} tokens stand at 0 to ${pos - 1}.`,
    { position, tokens: pos },
  );
}

/** A metric read off the final norm's output, and its derivatives there. */
export interface Reading {
  /** One number per batch entry: [batch, 1] or [batch, 1, 1]. */
  readonly value: Tensor;
  /** By the final norm's output, [batch, 1, d_model]. */
  readonly dNormalized: Tensor;
  /** By the logits, [batch, 1, d_vocab]. Made when asked for. */
  dLogits(): Tensor;
}

/**
 * Reads a metric. `normalized` [batch, 1, d_model] is ln_final.hook_normalized at its position, `reference` [1, d_model]
 * the same of the reference run; only of `kl`.
 */
export function readMetric(
  ops: Ops,
  W_U: Tensor,
  metric: Metric,
  normalized: Tensor,
  reference: Tensor | null,
): Reading {
  if (metric.kind === 'logits') return readLogits(ops, W_U, metric, normalized);
  if (metric.kind === 'log-prob') return readLogProb(ops, W_U, metric, normalized);
  return readKl(ops, W_U, normalized, reference as Tensor);
}

/** f = Σ c·logit: only the rows of W_U that it names are read. ∂f/∂y = Σ c·W_U[id], ∂f/∂logit = c. */
function readLogits(ops: Ops, W_U: Tensor, { weights }: LogitsMetric, normalized: Tensor): Reading {
  const ids = weights.map(({ id }) => id);
  const coefficients = Float32Array.from(weights, ({ coefficient }) => coefficient);
  const unembed = unembeddingRows(ops, W_U, ids); // [tokens, d_model]
  const logits = ops.linearT(normalized, unembed, 'logits of the metric'); // [batch, 1, tokens]
  const c = upload(ops, [ids.length], coefficients, 'coefficients');
  return {
    value: ops.dotGroups(logits, c, 1, 'metric'),
    dNormalized: forEach(ops, normalized, weighted(ops, unembed, coefficients)),
    dLogits: () => forEach(ops, normalized, spread(ops, rows(W_U.shape), ids, coefficients)),
  };
}

/** f = mean logit − ln Σ e^logit, over the targets. ∂f/∂logit = [a target]/targets − p, ∂f/∂y = mean W_U[target] − p·W_U. */
function readLogProb(ops: Ops, W_U: Tensor, { target }: LogProbMetric, normalized: Tensor): Reading {
  const share = new Float32Array(target.length).fill(1 / target.length);
  const unembed = unembeddingRows(ops, W_U, target);
  const logits = ops.linearT(normalized, W_U, 'logits'); // [batch, 1, d_vocab]
  const lse = ops.logSumExp(logits); // [batch, 1]
  const mean = ops.mean(ops.linearT(normalized, unembed, 'logits of the metric')); // [batch, 1]
  const minus = upload(ops, [1], Float32Array.of(-1), '−1');
  const p = ops.softmax(logits, 'probabilities');
  return {
    value: ops.add(mean, ops.dotGroups(lse, minus, 1, '−ln Σ e^logit'), 'metric'),
    dNormalized: less(
      ops,
      forEach(ops, normalized, weighted(ops, unembed, share)),
      ops.linear(p, W_U, null, undefined, 'p·W_U'),
    ),
    dLogits: () => less(ops, forEach(ops, normalized, spread(ops, rows(W_U.shape), target, share)), p),
  };
}

/** f = Σ r·ln(r/p). ∂f/∂logit = p − r, ∂f/∂y = (p − r)·W_U. */
function readKl(ops: Ops, W_U: Tensor, normalized: Tensor, reference: Tensor): Reading {
  const logits = ops.linearT(normalized, W_U, 'logits'); // [batch, 1, d_vocab]
  const target = forEach(ops, normalized, ops.linearT(reference, W_U, 'logits of the reference'));
  const divergences = ops.divergence(target, ops.logSumExp(target), logits, ops.logSumExp(logits));
  const first = upload(ops, [3], Float32Array.of(1, 0, 0), 'the first');
  const dLogits = less(ops, ops.softmax(logits, 'p'), ops.softmax(target, 'r'));
  return {
    value: ops.dotGroups(divergences, first, 1, 'metric'),
    dNormalized: ops.linear(dLogits, W_U, null, undefined, '(p − r)·W_U'),
    dLogits: () => dLogits,
  };
}

function unembeddingRows(ops: Ops, W_U: Tensor, ids: readonly number[]): Tensor {
  const at = ops.upload({ dtype: 'u32', shape: [ids.length], data: Uint32Array.from(ids) }, 'ids');
  return ops.embed(W_U, at, 'W_U rows');
}

/** Σ coefficient·row: [tokens, d] → [1, d]. */
function weighted(ops: Ops, table: Tensor, coefficients: Float32Array): Tensor {
  const row = upload(ops, [1, coefficients.length], coefficients, 'coefficients');
  return ops.linear(row, table, null, undefined, 'direction');
}

/** Coefficients at their ids and 0 elsewhere, [1, n]. An id that is named twice counts twice. */
function spread(ops: Ops, n: number, ids: readonly number[], coefficients: Float32Array): Tensor {
  const data = new Float32Array(n);
  ids.forEach((id, i) => {
    data[id]! += coefficients[i] as number;
  });
  return upload(ops, [1, n], data, 'coefficients by id');
}

/** One row for every batch entry: [1, n] → [batch, 1, n]. */
function forEach(ops: Ops, { shape: [batch = 1] }: Tensor, row: Tensor): Tensor {
  const first = ops.upload({ dtype: 'u32', shape: [batch, 1], data: new Uint32Array(batch) }, 'row 0');
  return ops.embed(row, first, row.label);
}

/** a − b, both [batch, 1, n]. */
function less(ops: Ops, a: Tensor, b: Tensor): Tensor {
  return ops.blend(b, [[0, 1, 0, 1, 0, lastAxis(b.shape)]], -1, a, {}, `${a.label} − ${b.label}`);
}

function upload(ops: Ops, shape: readonly number[], data: Float32Array, label: string): Tensor {
  return ops.upload({ dtype: 'f32', shape, data }, label);
}
