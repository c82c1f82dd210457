/** The answer: where the residual stream carries the difference, or which part moves most, and which way. */

import { expect, test } from 'vitest';
import type { ActivationPatchingArm, PatchDirection, PatchSite } from '../../analysis/types/index.ts';
import { answerInWords } from './answer.ts';

const PIECES = ['A', ' girl/ boy', '.'];

/** Effects in logits of three layers at three positions, of a difference of 4. */
function say(
  logits: number[],
  site: PatchSite,
  direction: PatchDirection = 'denoising',
  clean = 5,
  corrupted = 1,
): string[] {
  const map: ActivationPatchingArm = {
    values: { axes: ['layer', 'pos'], shape: [3, 3], data: Float32Array.from(logits) },
    layers: [0, 1, 2],
    cleanMetric: clean,
    corruptedMetric: corrupted,
    dividedBy: 1,
    warning: null,
    runs: 9,
    convention: { direction, site, granularity: 'position' },
  };
  return answerInWords([{ arm: 'original', map }], PIECES);
}

const MOVES = [0, 4, 0, 0, 3.6, 0.4, 0, 0, 4];

test('the stream carries it at one position until it is at another', () => {
  const said =
    'Original: the difference is carried most at 1 “␣girl/␣boy” in layers 0–1 (90–100 % of it) and at 2 “.” in layer 2 (100 %).';
  expect(say(MOVES, 'resid_pre')).toEqual([said]);
  const taken = MOVES.map((value) => -value);
  expect(say(taken, 'resid_pre', 'noising')).toEqual([said]);
  expect(say(taken, 'resid_pre', 'denoising', 1, 5)).toEqual([said]); // a difference below 0
});

test('of a map that comes in, the layers that are there', () => {
  const part = MOVES.map((value, i) => (i < 6 ? Number.NaN : value));
  expect(say(part, 'resid_post')).toEqual([
    'Original: the difference is carried most at 2 “.” in layer 2 (100 % of it).',
  ]);
  expect(say(part.fill(Number.NaN), 'resid_post')).toEqual([]);
});

test('of other sites the part that moves most, and whether it moves the other way', () => {
  expect(say(MOVES, 'mlp_out')).toEqual([
    'Original: L0 at 1 “␣girl/␣boy”, replaced in the corrupted run, brings back 100 % of the difference (+4.00 of 4.00 logits).',
  ]);
  expect(say(MOVES, 'mlp_out', 'noising')).toEqual([
    'Original: L0 at 1 “␣girl/␣boy”, replaced in the clean run, moves the other way by 100 % of the difference (+4.00 of 4.00 logits).',
  ]);
});
