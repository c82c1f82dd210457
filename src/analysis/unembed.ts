/** Logits of the rows and tokens that somebody asks for: all of [pos, d_vocab] is never stored for an analysis's sake. */

import { must } from '../base/assert.ts';
import type { Model } from '../model/model.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ArmRun } from './armRun.ts';
import { uploadIds } from './scratch.ts';

/** The hook that rows of logits come from: the logits of every position, or what any row of them is made of. */
export type LogitsSource = 'logits' | 'ln_final.hook_normalized';

const NORMALIZED = 'ln_final.hook_normalized';

/** The most that rows of a vocabulary's width take at one time. */
export const BLOCK_BYTES = 16 * 2 ** 20;

/** Rows of a block where there are many: the matrix kernels work on tiles of so many. */
const TILE = 8;

/** What a run of this model records for analyses of rows of its logits. */
export function logitsSource({ rowLogits }: Pick<Model, 'rowLogits'>): LogitsSource {
  return rowLogits ? NORMALIZED : 'logits';
}

/**
 * Logits at these positions, [positions, d_vocab]: taken from the run's `logits` where they were recorded, else
 * ln_final(x)·W_Uᵀ of these rows, which is how the forward pass makes them. The latter takes the model's parameters.
 */
export function logitsRows({ model, cache }: ArmRun, ops: Ops, positions: readonly number[]): Tensor {
  const at = uploadIds(ops, positions, 'positions');
  if (cache.has('logits')) return ops.embed(cache.get('logits'), at, 'logits by row');
  const normalized = ops.embed(cache.get(NORMALIZED), at, NORMALIZED); // [positions, d_model]
  return ops.linearT(normalized, model.params.W_U, 'logits by row');
}

/** The final norm's output at one position, [1, d_model]: what every logit there is a dot product with. */
export function normalizedRow({ cache }: ArmRun, ops: Ops, position: number): Tensor {
  return ops.embed(cache.get(NORMALIZED), uploadIds(ops, [position], 'position'), NORMALIZED);
}

/**
 * Reduces wide rows on the device, as many at a time as stay below BLOCK_BYTES, and reads what is left of them.
 * `reduce` gets some of `items` and gives tensors with an entry (or a row) per item; all else that it makes is released
 * before the next block. Returns one array per tensor that `reduce` gives, the blocks joined.
 */
export async function readInBlocks(
  ops: Ops,
  items: readonly number[],
  bytesPerItem: number,
  reduce: (some: readonly number[]) => readonly Tensor[],
): Promise<Float32Array[]> {
  const step = itemsPerBlock(bytesPerItem);
  const blocks: (readonly Tensor[])[] = [];
  for (let first = 0; first < items.length; first += step) {
    blocks.push(ops.tidy(() => reduce(items.slice(first, first + step))));
    ops.border();
  }
  const values = await ops.read(blocks.flat());
  const columns = must(blocks[0], 'nothing to reduce').length;
  return Array.from({ length: columns }, (_, column) =>
    joined(blocks.map((_, block) => values[block * columns + column] as Float32Array)),
  );
}

function itemsPerBlock(bytesPerItem: number): number {
  const most = Math.max(1, Math.floor(BLOCK_BYTES / bytesPerItem));
  return most < TILE ? most : most - (most % TILE);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
