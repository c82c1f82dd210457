/** What an analysis of one arm works on: the model and the cached activations of one prompt. */

import { assert } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { ActivationCache } from '../model/cache.ts';
import type { Model } from '../model/model.ts';
import type { ModelConfig } from '../tensor/params.ts';

export interface ArmRun {
  readonly model: Model;
  /** A run of one prompt (batch 1). */
  readonly cache: ActivationCache;
}

/** The ids of the run's only prompt. */
export function promptOf(cache: ActivationCache): readonly number[] {
  const [prompt] = cache.tokens;
  assert(prompt && cache.batch === 1, `an analysis of one prompt was given a batch of ${cache.batch}`);
  return prompt;
}

/** Turns a position that may count from the end into one that counts from 0; InputError where there is none. */
export function resolvePosition(position: number, pos: number): number {
  const resolved = position < 0 ? pos + position : position;
  if (Number.isInteger(position) && resolved >= 0 && resolved < pos) return resolved;
  throw new InputError(
    `Position ${position} is outside the prompt: its ${pos} tokens stand at 0 to ${pos - 1} (negative counts from the end).`,
    { position, tokens: pos },
  );
}

/** A whole number in [least, most], else an InputError naming it. */
export function checkCount(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InputError(`${name} is ${value}, but must be a whole number from ${least} to ${most}.`, {
    [name]: value,
    least,
    most,
  });
}

/** Token ids of this model's vocabulary, else an InputError naming the first that is not. */
export function checkIds(name: string, ids: readonly number[], config: ModelConfig): readonly number[] {
  const bad = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= config.dVocab);
  if (bad === undefined) return ids;
  throw new InputError(
    `Token id ${bad} in the ${name} is not in the vocabulary: ids go from 0 to ${config.dVocab - 1}.`,
    { [name]: ids, dVocab: config.dVocab },
  );
}

/** At least one such id, else an InputError. */
export function checkSet(name: string, ids: readonly number[], config: ModelConfig): readonly number[] {
  if (ids.length > 0) return checkIds(name, ids, config);
  throw new InputError(`The ${name} is empty. Name at least one token.`, { [name]: ids });
}

/** Every two of a list, the earlier first: of a, b, c the pairs ab, ac, bc. */
export function everyTwo<T>(list: readonly T[]): [first: T, second: T][] {
  return list.flatMap((first, i) => list.slice(i + 1).map((second): [T, T] => [first, second]));
}
