/** Three tokens, two of them read twice: a made-up model that finds them again, and one that does not. */

import type { HeldNeurons, InductionArm, RepeatEffect } from '../../analysis/types/index.ts';

const perPosition = (values: readonly number[]) => ({
  axes: ['position'],
  shape: [values.length],
  data: Float32Array.from(values),
});
const rows = (axis: string, lists: readonly (readonly number[])[]) => ({
  axes: [axis, 'position'],
  shape: [lists.length, lists[0]?.length ?? 0],
  data: Float32Array.from(lists.flat()),
});

/** Unablated, at five positions: the second reading are the last two. */
const ENTROPY = [5, 2, 4, 2, 1];
const LOSS = [4, 3, 5, 1];

/** Every entropy of the second reading moved by so much, by each neuron and by both. */
function held(each: readonly number[]): HeldNeurons {
  const moved = (values: readonly number[], by: number) => values.map((x, p) => (p < 3 ? x : x + by));
  const relative = (by: number) => ENTROPY.map((x, p) => (p < 3 ? 0 : by / x));
  const effect = (by: number): RepeatEffect => ({
    entropy: by,
    loss: by,
    relative: (by / 2 + by) / 2,
    most: { position: 4, relative: by },
  });
  const both = each.reduce((sum, by) => sum + by, 0);
  return {
    single: {
      entropy: rows(
        'neuron',
        each.map((by) => moved(ENTROPY, by)),
      ),
      loss: rows(
        'neuron',
        each.map((by) => moved(LOSS, by)),
      ),
      relative: rows('neuron', each.map(relative)),
      effect: each.map(effect),
    },
    together: {
      entropy: perPosition(moved(ENTROPY, both)),
      loss: perPosition(moved(LOSS, both)),
      relative: perPosition(relative(both)),
      effect: effect(both),
    },
  };
}

export function twiceExample(
  neurons: [number, number],
  score: number,
  clip: [number, number],
  finalScale: 'recomputed' | 'none',
): InductionArm {
  const step = (head: [number, number], by: number) => ({
    heads: [head],
    activations: rows('neuron', [
      [0, 0.1, 0.3, 0.4, 0.2],
      [0, 0.1, 0.3, 0.1, 0.1],
    ]),
    entropy: perPosition(ENTROPY.map((x) => x + by)),
    loss: perPosition(LOSS.map((x) => x + by)),
  });
  return {
    layer: 5,
    text: {
      tokens: [0, 1, 2, 1, 2],
      pieces: ['One', ' day', ' she', ' day', ' she'],
      second: 3,
      period: 2,
      of: 3,
      cut: null,
    },
    by: 'original',
    neurons,
    entropy: perPosition(ENTROPY),
    loss: perPosition(LOSS),
    activations: rows('neuron', [
      [0, 0.1, 0.3, 0.8, 0.6],
      [0, 0.1, 0.3, 0.1, 0.1],
    ]),
    means: { first: [0.2, 0.2], second: [0.7, 0.1] },
    rises: [true, false],
    clip: held(clip),
    mean: held([2 * clip[0], 2 * clip[1]]),
    heads: {
      scores: { axes: ['layer', 'head'], shape: [1, 2], data: Float32Array.of(score, 0.01) },
      induction: [{ layer: 0, head: 0, score }],
      control: [{ layer: 0, head: 1, score: 0.01 }],
      cut: { induction: [step([0, 0], 0.5)], control: [step([0, 1], 0.1)] },
    },
    convention: { finalScale },
  };
}
