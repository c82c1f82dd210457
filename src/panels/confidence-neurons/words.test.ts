/** What is said of an unembedding follows its spectrum. */

import { expect, test } from 'vitest';
import { nullSpaceInWords } from './words.ts';

const CLIFFS = { singularValues: [10, 8, 7, 6, 5, 0.5, 0.4, 0] };
const NONE = { singularValues: [10, 8, 7, 6, 5, 4, 0] };

test('what is said follows the measurement', () => {
  expect(nullSpaceInWords('Original', NONE)).toBe(
    'Original has none worth the name: its unembedding has no effective null space. The smallest singular value is still 40.0 % of the largest.',
  );
  expect(nullSpaceInWords('Original', CLIFFS)).toBe(
    'Original can have some: its unembedding hardly reads 2 of its 8 directions, each with a singular value below 30 % of the median one. Whether a neuron writes there is in the column “null”; what it does is told by taking it out.',
  );
});
