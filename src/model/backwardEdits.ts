/** Back through the edits of one hook: the gradient by what they made of an activation becomes that by what it was before. */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { Box, Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { applyEdits, minus, wholeBox } from './applyEdits.ts';
import type { Step } from './editPlan.ts';

/**
 * `gradient` by the activation after the steps → that before them. What is put in place of an activation (set, from-run,
 * a mean that is given) is a constant; the mean of 'prompt' is not. `before`: the activation before the first step, which
 * only a knock-out reads. @throws InputError on a knock-out behind a copy from another run in the same pattern.
 */
export function editsBack(ops: Ops, gradient: Tensor, steps: readonly Step[], before: Tensor | null): Tensor {
  return steps.reduceRight((g, step, i) => {
    if (step.edit.kind !== 'knock-out') return editBack(ops, g, step);
    const pattern = must(before, `${step.at.hook} before its edits`);
    return knockOutBack(ops, g, step, applyEdits(ops, pattern, steps.slice(0, i), noSource));
  }, gradient);
}

function editBack(ops: Ops, g: Tensor, step: Step): Tensor {
  const { edit, at } = step;
  const { box, causal, hook } = at;
  if (edit.kind === 'add') return g;
  if (edit.kind === 'scale') return applyEdits(ops, g, [step], noSource); // diagonal, so its own transpose
  const outside = ops.blend(g, [box], 0, null, { causal }, hook);
  if (edit.kind !== 'mean' || (edit.of ?? 'prompt') !== 'prompt') return outside;
  // Every position has a share of 1/pos in the mean, which the positions of the box now hold.
  const share = ops.meanPositions(minus(ops, g, outside, hook), hook); // [batch, 1, width]
  return ops.blend(outside, [wholeBox(g.shape)], 1, share, {}, hook);
}

/**
 * y = p/s with p the pattern less what is knocked out and s = Σ p, in every row that has a query of the box:
 * dp = (dy − Σ dy·y)/s, and 0 where it was knocked out. All of [batch, head, query, key].
 */
function knockOutBack(ops: Ops, dy: Tensor, { at }: Step, pattern: Tensor): Tensor {
  const { box, hook } = at;
  const keys = pattern.shape[3] as number;
  const [aFrom, aTo, bFrom, bTo] = box;
  const reached: Box = [aFrom, aTo, bFrom, bTo, 0, keys];
  if (keys === 1) return ops.blend(dy, [reached], 0, null, {}, hook); // 0 or 1, whatever the pattern
  const p = ops.blend(pattern, [box], 0, null, { causal: true }, hook);
  const y = ops.renormalize(p, [box], hook);
  const along = ops.dotGroups(dy, y, 1, 'Σ dy·y'); // [batch, head, query, 1]
  const centred = minus(ops, dy, acrossKeys(ops, along, p), hook);
  const dp = ops.dotGroups(centred, acrossKeys(ops, inverseSum(ops, p), p), keys, hook);
  const masked = ops.blend(dp, [box], 0, null, {}, hook);
  return ops.blend(dy, [reached], 0, masked, { causal: true }, hook);
}

/**
 * 1/Σ_key p, [batch, head, query, 1]; 0 where the sum is. A row (1, s − 1, 0, …) divided by its sum begins with 1/s. Query 0
 * has one key, and dy − Σ dy·y is 0 there whatever this says.
 */
function inverseSum(ops: Ops, p: Tensor): Tensor {
  const [, heads, queries, keys] = p.shape as [number, number, number, number];
  const sum = ops.dotGroups(p, constant(ops, [keys], 1), 1, 's');
  const lessOne = ops.blend(sum, [wholeBox(sum.shape)], 1, constant(ops, [1, 1, 1, 1], -1), {}, 's − 1');
  const column = (key: number): Box => [0, heads, 0, queries, key, key + 1];
  const none = ops.blend(p, [wholeBox(p.shape)], 0, null, {}, '0');
  const one = ops.blend(none, [column(0)], 0, constant(ops, [1, 1, 1, 1], 1), {}, '1, 0, …');
  const row = ops.blend(one, [column(1)], 0, lessOne, {}, '1, s − 1, 0, …');
  const divided = ops.renormalize(row, [wholeBox(p.shape)], '1/s, …');
  const first = new Float32Array(keys);
  first[0] = 1;
  return ops.dotGroups(
    divided,
    ops.upload({ dtype: 'f32', shape: [keys], data: first }, '1, 0, …'),
    1,
    '1/s',
  );
}

/** One number per row, at every key of it: [batch, head, query, 1] → [batch, head, query, key]. */
function acrossKeys(ops: Ops, x: Tensor, like: Tensor): Tensor {
  return ops.blend(like, [wholeBox(like.shape)], 0, x, {}, x.label);
}

function constant(ops: Ops, shape: readonly number[], value: number): Tensor {
  const data = new Float32Array(shape.reduce((n, axis) => n * axis, 1)).fill(value);
  return ops.upload({ dtype: 'f32', shape, data }, `all ${value}`);
}

function noSource(): never {
  throw new InputError(
    'Gradients cannot go back through a knock-out that stands behind a copy from another run in the same pattern. Put the knock-out first, or leave one of them out.',
  );
}
