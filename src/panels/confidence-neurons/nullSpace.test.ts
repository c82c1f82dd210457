/** Whether a spectrum has a cliff at its end. */

import { expect, test } from 'vitest';
import { initialState } from '../../state/initial.ts';
import { nullSpaceOf } from './nullSpace.ts';

test('a spectrum that falls off at its end has an effective null space, one that does not has none', () => {
  expect(nullSpaceOf({ singularValues: [10, 8, 7, 6, 5, 0.5, 0] }).effective).toBe(true);
  expect(nullSpaceOf({ singularValues: [10, 8, 7, 6, 5, 4, 0] }).effective).toBe(false);
});

test('no demo arm has one: the smallest singular value but the exact zero is about 2 % of the largest', () => {
  const arms = initialState().slots['confidence-neurons'].result?.arms ?? {};
  const spaces = Object.values(arms).map(nullSpaceOf);
  expect(spaces).toHaveLength(3);
  for (const space of spaces) {
    expect(space.effective).toBe(false);
    expect(space.ofLargest).toBeCloseTo(0.021, 2);
  }
});
