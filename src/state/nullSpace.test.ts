/** Whether a spectrum has a cliff at its end, how wide what lies beyond it is. */

import { expect, test } from 'vitest';
import { initialState } from './initial.ts';
import { CLIFF, nullSpaceOf } from './nullSpace.ts';

const CLIFFS = { singularValues: [10, 8, 7, 6, 5, 0.5, 0.4, 0] };
const NONE = { singularValues: [10, 8, 7, 6, 5, 4, 0] };

test('a spectrum that falls off at its end has an effective null space, one that does not has none', () => {
  expect(nullSpaceOf(CLIFFS)).toMatchObject({
    effective: true,
    dimension: 2,
    ofLargest: 0.04,
    ofMedian: 0.08,
  });
  expect(nullSpaceOf(NONE)).toMatchObject({ effective: false, dimension: 0, ofLargest: 0.4 });
});

test('the exact zero of centring alone is no null space, another zero is one', () => {
  expect(nullSpaceOf({ singularValues: [3, 2, 2, 0] }).dimension).toBe(0);
  expect(nullSpaceOf({ singularValues: [3, 2, 2, 2, 0, 0] })).toMatchObject({ dimension: 1, ofLargest: 0 });
});

test('every demo arm reads its directions as its own spectrum says, the first of it much and the last not at all', () => {
  const arms = Object.values(initialState().slots['confidence-neurons'].result?.arms ?? {});
  expect(arms).toHaveLength(3);
  for (const arm of arms) {
    const { singularValues } = arm;
    const { dimension } = nullSpaceOf(arm);
    const median = singularValues[singularValues.length / 2] as number;
    expect(singularValues.at(-1)).toBeLessThan(1e-4 * (singularValues[0] as number));
    // As many as are said, and no more: the next one above them is read.
    expect(singularValues.at(-2 - dimension)).toBeGreaterThanOrEqual(CLIFF * median);
    if (dimension > 0) expect(singularValues.at(-1 - dimension)).toBeLessThan(CLIFF * median);
  }
});
