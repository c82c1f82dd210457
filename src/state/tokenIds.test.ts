/** Token ids as people type them. */

import { expect, test } from 'vitest';
import { parseIds } from './tokenIds.ts';

test.each([
  ['464, 3290', [464, 3290]],
  ['464 3290', [464, 3290]],
  [' 464,3290,\n0 ', [464, 3290, 0]],
  ['[464, 3290]', [464, 3290]],
  ['#464 #3290', [464, 3290]],
])('%j', (text, ids) => expect(parseIds(text, 50257)).toEqual(ids));

test.each(['', '  ', '1.5', '-1', 'dog', '1e3', '0x10', '12345678901', '1-2'])('%j is refused', (text) => {
  expect(() => parseIds(text, null)).toThrow(expect.objectContaining({ name: 'InputError' }));
});

test('the vocabulary ends where it ends', () => {
  expect(parseIds('63', 64)).toEqual([63]);
  expect(() => parseIds('64', 64)).toThrow(/no token 64.*ends at 63/);
});
