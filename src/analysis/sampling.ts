/** Choosing the next token from a distribution: temperature, top-k, top-p, and a seed that makes it repeatable. */

import { assert } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import { mulberry32 } from '../base/random.ts';
import { checkCount } from './armRun.ts';

/** How a token is chosen; the filters apply in this order, each to what the one before has left. */
export interface Sampling {
  /** Logits are divided by it. 0 takes the likeliest token. */
  readonly temperature: number;
  /** So many of the likeliest tokens; null keeps all. */
  readonly topK: number | null;
  /** The fewest of the likeliest tokens that hold this share of what is left by then; 1 keeps all. */
  readonly topP: number;
}

/** The likeliest tokens by falling logit, equals by rising id: some of them, or the whole vocabulary. */
export interface Candidates {
  readonly ids: ArrayLike<number>;
  readonly logits: ArrayLike<number>;
  readonly whole: boolean;
  /** Σ exp((logit − the largest)/temperature) over the whole vocabulary; null where that is not known. */
  total(temperature: number): number | null;
}

/** Ids fit beside an ordering key of 32 bits in an f64. */
const ID_SPAN = 2 ** 20;

/** InputError, saying what to do, for what is no way to sample from a vocabulary of this size. */
export function checkSampling({ temperature, topK, topP }: Sampling, dVocab: number): Sampling {
  if (!(Number.isFinite(temperature) && temperature >= 0))
    throw new InputError(
      `temperature is ${temperature}, but must be a number from 0 upwards. 0 always takes the likeliest token, 1 samples as the model says.`,
      { temperature },
    );
  if (!(Number.isFinite(topP) && topP > 0 && topP <= 1))
    throw new InputError(
      `topP is ${topP}, but must be a number above 0 and at most 1. 1 keeps every token.`,
      { topP },
    );
  return { temperature, topK: topK === null ? null : checkCount('topK', topK, 1, dVocab), topP };
}

/**
 * The numbers in [0, 1) that decide, one per generated token: those of mulberry32 from this seed. The i-th is the same for
 * every arm, whatever the others do: where two arms agree on the distribution they choose the same token, so that texts part
 * because of the models and not of the dice.
 */
export function dice(seed: number): () => number {
  checkCount('seed', seed, 0, 2 ** 32 - 1);
  return mulberry32(seed);
}

/**
 * The token that `u` in [0, 1) falls on, in f64: the kept tokens, likeliest first, share [0, 1) by their probabilities.
 * Null where the candidates are not enough to tell; more of them (`leading`) then do, and would not have told otherwise.
 */
export function choose(candidates: Candidates, sampling: Sampling, u: number): number | null {
  const { ids, logits, whole } = candidates;
  const { temperature, topK, topP } = sampling;
  const top = logits[0] as number;
  if (temperature === 0) return ids[0] as number;

  const kept = Math.min(topK ?? Infinity, ids.length);
  const closed = whole || kept === topK; // no token beyond the candidates can be chosen
  const weights = new Float64Array(kept);
  for (let i = 0; i < kept; i++) weights[i] = Math.exp(((logits[i] as number) - top) / temperature);
  const total = closed ? sum(weights) : topK === null ? candidates.total(temperature) : null;
  if (total === null) return null;
  if (topP < 1) {
    const last = reach(weights, topP * total);
    if (last === null) return closed ? pick(ids, weights, u) : null;
    return pick(ids, weights.subarray(0, last + 1), u);
  }
  if (closed) return pick(ids, weights, u);
  const at = reach(weights, u * total, true);
  return at === null ? null : (ids[at] as number);
}

function pick(ids: ArrayLike<number>, weights: Float64Array, u: number): number {
  return ids[reach(weights, u * sum(weights), true) ?? weights.length - 1] as number;
}

/** The first index by which the weights add up to `share` (`beyond`: to more than it); null where they do not. */
function reach(weights: Float64Array, share: number, beyond = false): number | null {
  let reached = 0;
  for (let i = 0; i < weights.length; i++) {
    reached += weights[i] as number;
    if (reached > share || (reached === share && !beyond)) return i;
  }
  return null;
}

function sum(weights: Float64Array): number {
  let all = 0;
  for (const weight of weights) all += weight;
  return all;
}

/** Candidates as a device lists them, with ln Σ exp over the logits of the whole vocabulary. */
export function listed(said: { ids: ArrayLike<number>; logits: ArrayLike<number>; lse: number }): Candidates {
  const { ids, logits, lse } = said;
  const total = Math.exp(lse - (logits[0] as number));
  return { ids, logits, whole: false, total: (temperature) => (temperature === 1 ? total : null) };
}

/**
 * At least so many candidates from a row of logits [d_vocab], by default all of them. Some take a pass over the row, the
 * whole row of GPT-2 takes milliseconds to sort.
 */
export function leading(row: Float32Array, count = Infinity): Candidates {
  assert(row.length <= ID_SPAN, `a vocabulary of ${row.length}`);
  const keys = new Uint32Array(row.buffer, row.byteOffset, row.length).map(fallingKey);
  const cut = cutAfter(keys, count);
  // With the id behind, one sort without a comparison function brings equals by rising id.
  const order = new Float64Array(keys.length);
  let taken = 0;
  for (let id = 0; id < keys.length; id++) {
    const key = keys[id] as number;
    if (key >>> 16 <= cut) order[taken++] = key * ID_SPAN + id;
  }
  const sorted = order.subarray(0, taken).sort();
  const [ids, logits] = [new Uint32Array(taken), new Float32Array(taken)];
  for (let i = 0; i < taken; i++) {
    const value = sorted[i] as number;
    const id = value - ID_SPAN * Math.floor(value / ID_SPAN);
    ids[i] = id;
    logits[i] = row[id] as number;
  }
  return { ids, logits, whole: taken === row.length, total: (temperature) => totalOf(row, temperature) };
}

/** Σ exp((logit − the largest)/temperature) over a row of logits. */
export function totalOf(row: Float32Array, temperature = 1): number {
  const top = row.reduce((most, logit) => Math.max(most, logit), -Infinity);
  let total = 0;
  for (const logit of row) total += Math.exp((logit - top) / temperature);
  return total;
}

/** The least upper half such that the keys with that or a smaller one are at least `count`. */
function cutAfter(keys: Uint32Array, count: number): number {
  const last = 2 ** 16 - 1;
  if (count >= keys.length) return last;
  const sizes = new Uint32Array(last + 1);
  for (const key of keys) sizes[key >>> 16]!++;
  let [cut, below] = [0, sizes[0] as number];
  while (below < count && cut < last) below += sizes[++cut] as number;
  return cut;
}

/** A u32 that rises as the float with these bits falls; −0 equals 0. */
function fallingKey(word: number): number {
  if (word === 0x80000000) return 0x7fffffff;
  return word & 0x80000000 ? word : 0x7fffffff - word;
}

/** How likely a token is, and how many are likelier (equals: those of a lower id). */
export interface Standing {
  readonly logit: number;
  readonly rank: number;
}

/** A token's standing among candidates; null where it is not one of them. */
export function standing({ ids, logits }: Pick<Candidates, 'ids' | 'logits'>, id: number): Standing | null {
  const rank = Array.prototype.indexOf.call(ids, id);
  return rank < 0 ? null : { logit: logits[rank] as number, rank };
}

/** A token's standing in a row of logits [d_vocab]. */
export function standingIn(row: Float32Array, id: number): Standing {
  const logit = row[id] as number;
  let rank = 0;
  for (let i = 0; i < row.length; i++) {
    const other = row[i] as number;
    if (other > logit || (other === logit && i < id)) rank++;
  }
  return { logit, rank };
}
