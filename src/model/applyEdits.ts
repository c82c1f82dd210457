/** Edits carried out on a live activation, one op or two each. */

import { assert } from '../base/assert.ts';
import type { Shape } from '../base/shapes.ts';
import { fourAxes } from '../tensor/editShapes.ts';
import type { Box, Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Step } from './editPlan.ts';
import type { Located } from './editSites.ts';
import type { ByValue, FromRun, Mean } from './edits.ts';

/** What a hook's activation is in the run that an edit copies from: a batch of one. */
export type FromSource = (edit: FromRun) => Tensor;

/** a − b, of one shape. */
export function minus(ops: Ops, a: Tensor, b: Tensor, label: string): Tensor {
  return ops.blend(b, [wholeBox(b.shape)], -1, a, {}, label);
}

/** All of a tensor [batch, pos, width] or [batch, head, query, key]. */
export function wholeBox(shape: Shape): Box {
  const [, a, b, c] = fourAxes(shape);
  return [0, a, 0, b, 0, c];
}

/** x [batch, …] after the steps, in order. */
export function applyEdits(ops: Ops, x: Tensor, steps: readonly Step[], from: FromSource): Tensor {
  return steps.reduce((live, step) => applyEdit(ops, live, step, from), x);
}

function applyEdit(ops: Ops, x: Tensor, { edit, at }: Step, from: FromSource): Tensor {
  const { box, causal, hook } = at;
  const blend = (factor: number, y: Tensor | null) => ops.blend(x, [box], factor, y, { causal }, hook);
  switch (edit.kind) {
    case 'zero':
      return blend(0, null);
    case 'set':
      return blend(0, valuesOf(ops, x, at, edit.value));
    case 'add':
      return blend(1, valuesOf(ops, x, at, edit.value));
    case 'scale':
      return scaled(ops, x, at, edit.value);
    case 'mean':
      return blend(0, meanOf(ops, x, at, edit.of ?? 'prompt'));
    case 'from-run':
      return blend(0, from(edit));
    case 'knock-out':
      return ops.renormalize(blend(0, null), [box], hook);
  }
}

function scaled(ops: Ops, x: Tensor, at: Located, value: ByValue['value']): Tensor {
  const { box, causal, hook } = at;
  if (typeof value === 'number') return ops.blend(x, [box], value, null, { causal }, hook);
  const width = x.shape[x.shape.length - 1] as number;
  const data = new Float32Array(width).fill(1);
  data.set(value, box[4]);
  const factors = ops.upload({ dtype: 'f32', shape: [width], data }, `${hook} (factors)`);
  return ops.blend(x, [box], 0, ops.dotGroups(x, factors, width, `${hook} (scaled)`), { causal }, hook);
}

function meanOf(ops: Ops, x: Tensor, at: Located, of: NonNullable<Mean['of']>): Tensor {
  return of === 'prompt' ? ops.meanPositions(x, `${at.hook} (mean)`) : valuesOf(ops, x, at, of);
}

/** One number everywhere, or a list along the last axis where the box has it. */
function valuesOf(ops: Ops, x: Tensor, { box, hook }: Located, value: ByValue['value']): Tensor {
  const leading = x.shape.slice(0, -1).map(() => 1);
  const label = `${hook} (values)`;
  if (typeof value === 'number')
    return ops.upload({ dtype: 'f32', shape: [...leading, 1], data: Float32Array.of(value) }, label);
  const width = x.shape[x.shape.length - 1] as number;
  const data = new Float32Array(width);
  data.set(value, columnOf(box, value.length, width));
  return ops.upload({ dtype: 'f32', shape: [...leading, width], data }, label);
}

function columnOf([, , , , from, to]: Box, given: number, width: number): number {
  assert(to - from === given && to <= width, `${given} values in columns ${from}…${to} of ${width}`);
  return from;
}
