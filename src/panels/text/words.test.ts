/** A reading in words and as a table, and the same numbers in both. */

import { describe, expect, test } from 'vitest';
import type { AnalysisResult } from '../../engine/api.ts';
import { readingCsv } from './csv.ts';
import { exampleReading } from './example.ts';
import { answerInWords, comparedIn, coverageInWords, meanInWords, phaseInWords } from './words.ts';

const withDelta = (mean: number, interval: [number, number] | null): AnalysisResult<'corpus'> => {
  const result = structuredClone(exampleReading);
  const of = result.between?.['original|lnfree'];
  if (of) of.deltaLoss = { mean, interval };
  return result;
};

describe('in words', () => {
  test.each([
    [0.2, [0.1, 0.3], 'LN-free loses 0.200 nats a token more than Original.'],
    [-0.2, [-0.3, -0.1], 'LN-free loses 0.200 nats a token less than Original.'],
    [0.2, [-0.1, 0.5], 'LN-free and Original do about equally well: the difference of +0.200'],
    [0.2, null, 'do about equally well'],
  ] as const)('a difference of %f, %j', (mean, interval, words) => {
    const text = answerInWords(withDelta(mean, interval && [...interval]), ['original', 'lnfree']);
    expect(text).toContain(words);
    expect(text).toContain('0.0459 nats apart');
  });

  test('of one arm alone, or of two that have not both read', () => {
    expect(answerInWords(exampleReading, null)).toBe(
      'Original: 3.410 nats a token, 39.0 % of the tokens foreseen.',
    );
    expect(answerInWords({ ...exampleReading, between: {} }, ['original', 'lnfree'])).toContain(
      'Original: 3.410',
    );
  });

  test('arms that take turns have no JSD, and none is claimed', () => {
    const apart = structuredClone(exampleReading);
    const of = apart.between?.['original|lnfree'];
    if (of) of.jsd = null;
    expect(answerInWords(apart, ['original', 'lnfree'])).not.toContain('JSD');
  });

  test('the two compared are found whichever was asked first', () => {
    expect(comparedIn(exampleReading, ['lnfree', 'original'])).toMatchObject({
      first: 'original',
      second: 'lnfree',
    });
    expect(comparedIn(exampleReading, ['original', 'vanilla'])).toBeNull();
  });

  test('means, coverage and phases', () => {
    expect(meanInWords({ mean: 1.23456, interval: null })).toBe('1.235');
    expect(meanInWords({ mean: -1, interval: [-1.5, -0.5] }, 1)).toBe('−1.0 [−1.5, −0.5]');
    expect(coverageInWords(exampleReading.coverage)).toBe('12 of 15 windows, 1,524 of 1,858 scored tokens');
    expect(phaseInWords('reading by original, lnfree', ['original', 'lnfree'])).toBe(
      'reading by Original, LN-free',
    );
  });
});

test('as a table there is every number on show, places with their tokens', () => {
  const lines = readingCsv(exampleReading).split('\r\n');
  expect(lines).toContain('original,loss,,,3.41,3.31,3.51,1524,,,');
  expect(lines).toContain('lnfree,loss_with_outliers,,,34.9,,,,,,');
  expect(lines).toContain('original|lnfree,jsd,,,0.0459,0.0419,0.0499,1524,,,');
  expect(lines.filter((line) => line.includes('loss_by_context'))).toHaveLength(10);
  expect(lines.filter((line) => line.includes('calibration_accuracy'))).toHaveLength(20);
  expect(lines.find((line) => line.includes('disagreement_jsd'))).toContain('0.431,,,,77, flew,The red kite');
  expect(lines.find((line) => line.includes('lnfree,outlier,'))).toContain('48000');
  expect(lines).toContain('original,attribution L1H2,,,0.2,,,1524,,,');
  expect(lines.find((line) => line.startsWith('original,attribution_size L1H2,'))).toMatch(/,,,0\.95,/);
  expect(lines.filter((line) => line.startsWith('lnfree,attribution_size '))).toHaveLength(7 + 6);
  expect(lines).toContain('all,windows,,15,12,,,,,,');
});
