/** What is taken for token counts, and what is said of the rest. */

import { expect, test } from 'vitest';
import { countsIn } from './counts.ts';

test('a list of counts is taken as it is', () => {
  expect(countsIn('[3, 0, 2.5]', 3)).toEqual({ values: [3, 0, 2.5] });
  expect(countsIn('[3, 0]', null)).toEqual({ values: [3, 0] });
});

test.each([
  ['no JSON', '3, 0', /no JSON.*list of numbers/],
  ['an object', '{"a": 3}', /must be a list/],
  ['texts', '["3"]', /must be a list/],
  ['a negative count', '[1, -1]', /none negative/],
  ['another vocabulary', '[1, 2]', /2 counts.*3 tokens/],
  ['nothing but zeros', '[0, 0, 0]', /are 0/],
])('%s: says why not', (_, text, why) => {
  expect(countsIn(text, 3)).toEqual({ why: expect.stringMatching(why) });
});
