/** Which part is looked at: named, pinned or the largest; and what is asked of it. */

import { describe, expect, test } from 'vitest';
import { initialState } from '../initial.ts';
import { LARGEST, STRONGEST } from '../opening.suite.ts';
import type { WorkbenchState } from '../types.ts';
import { chosenPart, DIRECTION, largestTerms, parsePart, writesAsks } from './writesAsks.ts';

const state = (change: Partial<WorkbenchState> = {}): WorkbenchState => ({ ...initialState(), ...change });
const named = (part: string, at: 'position' | 'weights' = 'position') =>
  state({ closer: { ...initialState().closer, writes: { part, at, input: 'norm' } } });

test.each([
  ['L5H3', { label: 'L5H3', part: { layer: 5, head: 3 } }],
  [' l2n17 ', { label: 'L2N17', part: { layer: 2, neuron: 17 } }],
  ['L0.mlp', { label: 'L0.mlp', part: { layer: 0, mlp: true } }],
  [DIRECTION, { label: DIRECTION, part: { direction: { toward: 673, away: 339 } } }],
  ['L5', null],
  ['embed', null],
  ['L5H3 and more', null],
])('“%s” names a part, or none', (text, expected) => {
  expect(parsePart(text, state())).toEqual(expected);
});

test('a direction needs a contrast', () => {
  expect(parsePart(DIRECTION, state({ contrast: [] }))).toBeNull();
});

describe('the part looked at', () => {
  test('is the largest term until something is pinned, and what is named before both', () => {
    expect(largestTerms(state(), 1)).toEqual([LARGEST]);
    expect(chosenPart(state())?.label).toBe(LARGEST);
    expect(chosenPart(state({ pinned: { layer: 1, head: 0 } }))?.label).toBe('L1H0');
    expect(chosenPart(state({ pinned: { layer: 2, term: 'L2.mlp' } }))?.label).toBe('L2.mlp');
    expect(chosenPart({ ...named('L4H1'), pinned: { layer: 1, head: 0 } })?.label).toBe('L4H1');
  });

  test('a pin that writes no one vector is passed over', () => {
    expect(chosenPart(state({ pinned: { layer: 1, term: 'L1.attn' } }))?.label).toBe(LARGEST);
  });
});

test('a head is asked at the position, with its circuits; weights alone only where they are one vector', () => {
  const { layer, head, label } = STRONGEST;
  expect(writesAsks(named(label))).toEqual([
    { slot: 'writes', analysis: 'writes', parameters: { part: { layer, head }, position: -1 } },
    { slot: 'head-circuits', analysis: 'head-circuits', parameters: { layer, head, input: 'norm' } },
  ]);
  expect(writesAsks(named('L5N3', 'weights'))[0]?.parameters).toEqual({ part: { layer: 5, neuron: 3 } });
  expect(writesAsks(named('L5H3', 'weights'))[0]?.parameters).toMatchObject({ position: -1 });
  expect(writesAsks(named('nonsense'))).toEqual([]);
});
