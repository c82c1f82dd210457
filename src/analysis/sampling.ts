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

/** The likeliest tokens by falling logit, equals by rising id. */
export interface Candidates {
  readonly ids: ArrayLike<number>;
  readonly logits: ArrayLike<number>;
  /** ln Σ exp over the logits of the whole vocabulary; null where the candidates are the whole vocabulary. */
  readonly lse: number | null;
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
 * Null where the candidates are not enough to tell; then ask with all of them (`candidatesOf`), which gives the same token
 * as a longer list would.
 */
export function choose(candidates: Candidates, sampling: Sampling, u: number): number | null {
  const { ids, logits, lse } = candidates;
  const { temperature, topK, topP } = sampling;
  const top = logits[0] as number;
  if (temperature === 0) return ids[0] as number;

  const kept = Math.min(topK ?? Infinity, ids.length);
  const closed = lse === null || kept === topK; // no token beyond the candidates can be chosen
  const weights = Array.from({ length: kept }, (_, i) =>
    Math.exp(((logits[i] as number) - top) / temperature),
  );
  const listed = weights.reduce((sum, weight) => sum + weight, 0);
  // Of what is not listed only one sum is known: of the whole vocabulary's weights, at temperature 1.
  if (!closed && (temperature !== 1 || topK !== null)) return null;
  const total = closed ? listed : Math.exp(lse - top);
  if (topP < 1) {
    const nucleus = reach(weights, topP * total);
    if (nucleus !== null) return pick(ids, weights.slice(0, nucleus + 1), u);
    return closed ? pick(ids, weights, u) : null;
  }
  if (closed) return pick(ids, weights, u);
  const at = reach(weights, u * total, true);
  return at === null ? null : (ids[at] as number);
}

function pick(ids: ArrayLike<number>, weights: readonly number[], u: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return ids[reach(weights, u * total, true) ?? weights.length - 1] as number;
}

/** The first index by which the weights add up to `share` (`beyond`: to more than it); null where they do not. */
function reach(weights: readonly number[], share: number, beyond = false): number | null {
  let sum = 0;
  for (const [i, weight] of weights.entries()) {
    sum += weight;
    if (sum > share || (sum === share && !beyond)) return i;
  }
  return null;
}

/** The whole vocabulary as candidates, from a row of logits [d_vocab]. */
export function candidatesOf(row: Float32Array): Candidates {
  assert(row.length <= ID_SPAN, `a vocabulary of ${row.length}`);
  const bits = new Uint32Array(row.buffer, row.byteOffset, row.length);
  // Rising numbers for falling logits, with the id behind: one sort without a comparison function, which takes milliseconds.
  const order = Float64Array.from(bits, (word, id) => fallingKey(word) * ID_SPAN + id).sort();
  const ids = Uint32Array.from(order, (key) => key % ID_SPAN);
  return { ids, logits: Float32Array.from(ids, (id) => row[id] as number), lse: null };
}

/** A u32 that rises as the float with these bits falls; −0 equals 0. */
function fallingKey(word: number): number {
  if (word === 0x80000000) return fallingKey(0);
  return word & 0x80000000 ? word : 0x7fffffff - word;
}

/** How likely a token is, and how many are likelier (equals: those of a lower id). */
export interface Standing {
  readonly logit: number;
  readonly rank: number;
}

/** A token's standing among candidates; null where it is not one of them. */
export function standing({ ids, logits }: Candidates, id: number): Standing | null {
  const rank = Array.prototype.indexOf.call(ids, id);
  return rank < 0 ? null : { logit: logits[rank] as number, rank };
}
