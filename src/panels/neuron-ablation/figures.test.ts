/** The answer in words, from made-up ablations. */

import { expect, test } from 'vitest';
import { neuronAblationExample } from './example.ts';
import { ablationCsv, answerInWords, changeOf, type OfArm, shareInWords } from './figures.ts';

const result = neuronAblationExample.state.slots?.['neuron-ablation'].result;
const arms = Object.entries(result?.arms ?? {}).map(([arm, ablation]): OfArm => ({ arm, ablation }));

test('position 0 has no part in averages, and each row of a table is its own', () => {
  const { ablation } = arms[0] as OfArm;
  expect(changeOf(ablation, ablation, 'entropy').total).toBeCloseTo(0.2, 6);
  expect(changeOf(ablation, ablation.single, 'entropy', 1).total).toBeCloseTo(0.06, 6);
  expect(changeOf(ablation, ablation, 'loss').signed).toBeCloseTo(-0.1, 6);
});

test('the way is named: through LayerNorm, taken back by it, or none', () => {
  expect(shareInWords(0.2, 0.05)).toBe('75 % of it through LayerNorm');
  expect(shareInWords(0.026, 0.037)).toBe('LayerNorm takes some back: 0.037 with σ frozen');
  expect(shareInWords(0, 0)).toBe('nothing changes');
  expect(answerInWords(arms, 'loss')).toContain('moves the loss by 0.100 nats on average in Original');
});

test('the table has a row for each arm, neuron and position, and nothing where there is no next token', () => {
  const rows = ablationCsv(arms).split('\r\n');
  expect(rows).toHaveLength(1 + 2 * 2 * 3);
  expect(rows[2]).toMatch(/^original,100,0\.1,1,0\.2\d*,2,1\.86/);
  expect(rows[3]?.split(',').slice(8, 11)).toEqual(['', '', '']);
});
