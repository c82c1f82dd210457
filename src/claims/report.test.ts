/** What is exported is what is shown: figures in words, Markdown whose tables stay tables, JSON that stands alone. */

import { expect, test } from 'vitest';
import { atMost, equals, greaterThan, plain, same, verdictOf } from './figures.ts';
import type { ClaimResult, Figure } from './index.ts';
import { armInWords, measuredInWords, reportMarkdown, reportOf } from './report.ts';
import { expectedInWords, valueInWords } from './words.ts';

const named = { arm: 'original', what: 'loss' };

test.each<[Figure, value: string, expected: string | null]>([
  [equals(named, 5.33186, 5.331855773925781, 4e-5), '5.331860', '5.331856 ± 4e-5'],
  [equals(named, -1.42671, -1.4267, 2e-3), '−1.4267', '−1.4267 ± 0.002'],
  [equals(named, 455_905.3, 4.5e5, 4.5e4), '455905', '450000 ± 45000'],
  [equals(named, 70.0712, 70.07, 0.05), '70.071', '70.070 ± 0.05'],
  [atMost(named, 1.83725e-7, 1e-5), '1.837e-7', '≤ 1e-5'],
  [greaterThan(named, 63.58998, 20), '63.59', '> 20'],
  [plain(named, -0.2244), '−0.2244', null],
  [plain(named, 12), '12', null],
  [plain(named, Number.NaN), 'NaN', null],
  [plain(named, Number.NEGATIVE_INFINITY), '−Inf', null],
  [same(named, '1, 2', '1, 2'), '1, 2', '1, 2'],
])('figure %#', (figure, value, expected) => {
  expect(valueInWords(figure)).toBe(value);
  expect(expectedInWords(figure)).toBe(expected);
});

test('one figure against a claim is enough; with none for it, it is measured only', () => {
  const [good, bad, none] = [atMost(named, 1, 2), atMost(named, 3, 2), plain(named, 1)];
  expect(verdictOf([good, none])).toBe('holds');
  expect(verdictOf([good, bad, none])).toBe('does not hold');
  expect(verdictOf([none, none])).toBe('measured');
  expect(verdictOf([atMost(named, Number.NaN, 2)])).toBe('does not hold');
});

const SHA = 'c0ffee'.repeat(10).padEnd(64, '0');
const result = (change: Partial<ClaimResult>): ClaimResult => ({
  claim: 16,
  title: 'Loss of “Hello world!”',
  verdict: 'holds',
  figures: [
    equals({ ...named, unit: 'nats' }, 5.33186, 5.331855773925781, 4e-5),
    plain({ arm: null, what: 'a | b', unit: '%', at: 'L5H3', interval: [1, 2.5] }, 1.5),
  ],
  on: 'BOS + “Hello world!”, 4 ids',
  convention: 'Mean loss.',
  pair: { id: 'gpt2-small', title: 'GPT-2 small' },
  arms: [
    {
      id: 'original',
      norm: 'layer',
      dtype: 'f16',
      source: 'the Hub',
      repo: { name: 'openai-community/gpt2', revision: '607a30d783dfa663caf39e06633721c8d4cfcd7e', url: '' },
      weights: [{ sha256: SHA, of: 'file' }],
    },
  ],
  prompt: null,
  text: null,
  engines: ['wgsl'],
  device: 'a card',
  normless: '0.1.0',
  date: '2026-01-02T03:04:05.000Z',
  ...change,
});

test('Markdown has every figure as it is shown, and its tables stay tables', () => {
  const markdown = reportMarkdown([result({}), result({ claim: 1, title: 'Linear' })], (arm) =>
    arm.toUpperCase(),
  );
  const lines = markdown.split('\n');
  const rows = lines.filter((line) => line.startsWith('|'));
  const cells = (line: string) => line.split(/(?<!\\)\|/).length;
  expect(new Set(rows.map(cells))).toEqual(new Set([7, 8])); // claims, figures
  expect(rows.findIndex((line) => line.startsWith('| 1 |'))).toBeLessThan(
    rows.findIndex((line) => line.startsWith('| 16 |')),
  );
  expect(lines).toContain('| 16 | loss | ORIGINAL | 5.331860 nats | 5.331856 ± 4e-5 | ✓ |');
  expect(lines).toContain('| 16 | a \\| b | together | 1.5 % [1, 2.5] (L5H3) |  |  |');
  expect(markdown).toContain('✓ holds');
  expect(markdown).toContain(
    `- GPT-2 small, ORIGINAL: with LayerNorm, f16, openai-community/gpt2@607a30d783df, sha256 of the file ${SHA}; on a card; Normless 0.1.0`,
  );
});

test('the report stands alone: numbers unrounded beside what was published, the newest of a claim first', () => {
  const older = result({ date: '2025-01-02T03:04:05.000Z' });
  const { claims } = reportOf([older, result({}), result({ claim: 1 })]);
  expect(claims.map(({ claim, date }) => [claim, date.slice(0, 4)])).toEqual([
    [1, '2026'],
    [16, '2026'],
    [16, '2025'],
  ]);
  expect(claims[1]).toMatchObject({
    statement: expect.stringContaining('5.331856'),
    published: [{ source: expect.stringContaining('TransformerLens') }],
    figures: [{ value: 5.33186 }, { value: 1.5 }],
  });
});

test('weights that nobody hashed say so', () => {
  const { arms } = result({});
  expect(armInWords({ ...(arms[0] as ClaimResult['arms'][0]), repo: null, weights: [] })).toBe(
    'with LayerNorm, f16, the Hub, weights not hashed',
  );
  expect(measuredInWords(plain({ arm: null, what: 'x', unit: 'relative' }, 0.5))).toBe('0.5');
});
