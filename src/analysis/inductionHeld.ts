/** Neurons kept from moving when a text comes again: clipped at, or held at, what they were on average in the first reading. */

import { must } from '../base/assert.ts';
import { labelled } from '../tensor/tensor.ts';
import type { ArmRun } from './armRun.ts';
import { type Measured, measureAblations } from './neuronAblationMeasure.ts';
import { readUpdates } from './neuronAblationRead.ts';
import { updatesOf } from './neuronAblationUpdates.ts';
import { logitBias, logitsOfNeurons } from './neuronDirections.ts';
import type { HeldNeurons, HeldPredictions, InductionArm, RepeatEffect } from './types/index.ts';

interface Reading {
  readonly second: number;
}

type Held = Pick<InductionArm, 'entropy' | 'loss' | 'activations' | 'means' | 'rises' | 'clip' | 'mean'>;

/** The predictions as they are and with the neurons ablated both ways, exact from the cached final residual (SCIENCE §6). */
export async function heldNeurons(run: ArmRun, neurons: readonly number[], reading: Reading): Promise<Held> {
  const { model } = run;
  const read = await readUpdates(run, neurons);
  const { activations } = read;
  const first = activations.map((a) => meanOf(a.subarray(1, reading.second)));
  const second = activations.map((a) => meanOf(a.subarray(reading.second)));
  const rises = first.map((mean, i) => (second[i] as number) > mean);

  const directions = await logitsOfNeurons(model, neurons, read.writing);
  const bias = await logitBias(model);
  const predictions = async (held: (x: number, neuron: number, position: number) => number) => {
    const changes = activations.map((a, i) => Float64Array.from(a, (x, p) => held(x, i, p) - x));
    const updates = updatesOf(read, changes, model.config);
    const how = { updates, directions, bias, unigram: null, singles: true, cumulative: false };
    const { base, single, prefixes } = await measureAblations(run, how);
    return { base, held: heldOf(base, single, must(prefixes.at(-1), 'nothing ablated'), reading) };
  };
  const mean = await predictions((_, i) => first[i] as number);
  const clip = await predictions((x, i, p) => {
    if (p < reading.second) return x;
    return rises[i] ? Math.min(x, first[i] as number) : Math.max(x, first[i] as number);
  });
  return {
    entropy: table([], [mean.base.entropyTotal]),
    loss: table([], [mean.base.lossTotal]),
    activations: table(['neuron'], activations),
    means: { first, second },
    rises,
    clip: clip.held,
    mean: mean.held,
  };
}

function heldOf(base: Measured, single: readonly Measured[], all: Measured, reading: Reading): HeldNeurons {
  return {
    single: {
      ...tables(['neuron'], base, single),
      effect: single.map((one) => effectOf(base, one, reading)),
    },
    together: { ...tables([], base, [all]), effect: effectOf(base, all, reading) },
  };
}

function tables(
  axes: readonly string[],
  base: Measured,
  ablated: readonly Measured[],
): Omit<HeldPredictions<unknown>, 'effect'> {
  return {
    entropy: table(
      axes,
      ablated.map(({ entropyTotal }) => entropyTotal),
    ),
    loss: table(
      axes,
      ablated.map(({ lossTotal }) => lossTotal),
    ),
    relative: table(
      axes,
      ablated.map((one) => relativeOf(base, one)),
    ),
  };
}

/** (entropy − unablated) ÷ unablated by position. */
function relativeOf(base: Measured, ablated: Measured): number[] {
  return base.entropyTotal.map((before, p) =>
    before > 0 ? ((ablated.entropyTotal[p] as number) - before) / before : Number.NaN,
  );
}

export function effectOf(base: Measured, ablated: Measured, { second }: Reading): RepeatEffect {
  const change = (after: readonly number[], before: readonly number[]) =>
    meanOf(after.slice(second)) - meanOf(before.slice(second));
  const relative = relativeOf(base, ablated)
    .map((value, position) => ({ position, relative: value }))
    .slice(second)
    .filter((each) => Number.isFinite(each.relative));
  const larger = (a: (typeof relative)[number], b: (typeof relative)[number]) =>
    Math.abs(b.relative) > Math.abs(a.relative) ? b : a;
  return {
    entropy: change(ablated.entropyTotal, base.entropyTotal),
    loss: change(ablated.lossTotal, base.lossTotal),
    relative: relative.length === 0 ? null : meanOf(relative.map((each) => each.relative)),
    most: relative.length === 0 ? null : relative.reduce(larger),
  };
}

/** Lists of one length as rows, or one list by itself. */
export function table(axes: readonly string[], lists: readonly ArrayLike<number>[]) {
  const width = must(lists[0], 'a table of nothing').length;
  const data = Float32Array.from(lists.flatMap((list) => Array.from(list)));
  return labelled([...axes, 'position'], axes.length === 0 ? [width] : [lists.length, width], data);
}

function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;
}
