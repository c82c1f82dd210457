/** The lens's tensors as the panel reads them: what a cell is coloured by, and from which layer an answer stands. */

import { describe, expect, test } from 'vitest';
import type { LogitLensArm } from '../../analysis/types/index.ts';
import { labelled } from '../../tensor/tensor.ts';
import { at, gridBetween, gridOf, hasNone, settledAt, topAt } from './lens.ts';
import { answerInWords, conventionInWords, placeInWords } from './words.ts';

const grid = (...values: number[]) => labelled(['depth', 'position'], [3, 2], Float32Array.from(values));
const top = (values: readonly number[]) =>
  labelled(['depth', 'position', 'rank'], [3, 2, 2], Float32Array.from(values));

/** Three layers, two positions, two tokens named at each. */
const lens: LogitLensArm = {
  hooks: [0, 1, 2].map((layer) => `blocks.${layer}.hook_resid_post`),
  positions: [0, 1],
  convention: { finalScale: 'frozen', scale: labelled(['position'], [2], Float32Array.of(1, 1)) },
  top: {
    ids: top([5, 6, 7, 5, /**/ 6, 5, 7, 6, /**/ 6, 5, 7, 6]),
    logprobs: top([0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 0.75, 0.1, 0.9, 0.05].map(Math.log)),
  },
  target: [7, null],
  targetLogprob: grid(...[0.25, Number.NaN, 0.2, Number.NaN, 0.3, Number.NaN].map(Math.log)),
  targetRank: grid(3, Number.NaN, 1, Number.NaN, 0, Number.NaN),
  entropy: grid(3, 2, 2, 2, 1, 1),
  tracked: [
    {
      id: 9,
      piece: ' nine',
      logprob: grid(...[1, 2, 3, 4, 5, 6].map((n) => Math.log(n / 10))),
      rank: grid(1, 1, 1, 1, 1, 1),
    },
  ],
  pieces: { 5: ' five', 6: ' six', 7: ' seven', 9: ' nine' },
};

const rounded = (values: Float32Array) => [...values].map((value) => Math.round(value * 1000) / 1000);

describe('a cell is coloured by', () => {
  test.each([
    ['top', [0.5, 0.5, 0.5, 0.5, 0.75, 0.9]],
    ['next', [0.25, Number.NaN, 0.2, Number.NaN, 0.3, Number.NaN]],
    ['rank', [0.25, Number.NaN, 0.5, Number.NaN, 1, Number.NaN]],
    ['target', [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]],
    ['entropy', [3, 2, 2, 2, 1, 1]],
  ] as const)('%s', (colour, expected) => {
    expect(rounded(gridOf(lens, colour))).toEqual(expected);
  });

  test('nothing where no target is followed', () => {
    expect(new Set(gridOf({ ...lens, tracked: [] }, 'target'))).toEqual(new Set([Number.NaN]));
  });

  test('a difference is second − first', () => {
    expect(rounded(gridBetween(Float32Array.of(1, 0.5), Float32Array.of(0.25, 1)))).toEqual([-0.75, 0.5]);
  });
});

test('only the last position has no next token, and nothing is followed without a target', () => {
  expect([0, 1].map((position) => hasNone(lens, 'rank', position))).toEqual([false, true]);
  expect(hasNone(lens, 'top', 1)).toBe(false);
  expect(hasNone({ ...lens, tracked: [] }, 'target', 0)).toBe(true);
});

test('the likeliest tokens and single values at a place', () => {
  expect(topAt(lens, 1, 0).map(({ piece }) => piece)).toEqual([' six', ' five']);
  expect(topAt(lens, 2, 1)[0]?.prob).toBeCloseTo(0.9, 6);
  expect(at(lens.entropy, 2, 1)).toBe(1);
});

describe('an answer', () => {
  test('stands from the layer after which it never leaves the first place', () => {
    expect(settledAt(lens, 0)).toMatchObject({ layer: 1, token: { id: 6 } });
    expect(settledAt(lens, 1)).toMatchObject({ layer: 0, token: { id: 7 } });
    const late = { ...lens, top: { ...lens.top, ids: top([6, 5, 7, 5, /**/ 5, 6, 7, 6, /**/ 6, 5, 7, 6]) } };
    expect(settledAt(late, 0)?.layer).toBe(2); // it was first before, and lost its place
  });

  test('in words', () => {
    const own = { arm: 'original', lens };
    expect(answerInWords(own, 0)).toBe(
      'Original puts “␣six” first after layer 1 and stays so to the last (2): 75.0 % in the end.',
    );
    expect(answerInWords(own, 1)).toContain('Original puts “␣seven” first after layer 0 already');
    expect(placeInWords(own, 0, 0)).toEqual([
      '␣five 50.0 %, ␣six 25.0 %',
      'next token ␣seven 25.0 %, rank 3',
      'entropy 3.00 nats',
    ]);
    expect(placeInWords(own, 0, 1)).toHaveLength(2); // no next token
  });

  test('the convention names whose scale it was', () => {
    const free = { ...lens, convention: { ...lens.convention, finalScale: 'none' as const } };
    expect(
      conventionInWords([
        { arm: 'original', lens },
        { arm: 'lnfree', lens: free },
      ]),
    ).toBe(
      'Original: every layer divided by the final σ of its position (frozen). LN-free: nothing is divided, there is no scale to choose.',
    );
  });
});
