/** What the strip says of texts, and where it lets them break. */

import { expect, test } from 'vitest';
import type { Generated } from '../../state/types.ts';
import { generationExample } from './example.ts';
import { generatedCsv, lengthInWords, outcomeInWords, parting, tokenLines } from './texts.ts';
import { words } from './words.ts';

const example = generationExample.state.generated as Generated;
const forced: Generated = { ...example, mode: 'forced', leader: 'original' };

test('texts part at the first token that differs, and one text for all never does', () => {
  expect(parting(example)).toBe(1);
  expect(parting(forced)).toBeNull();
  const { original } = example.arms;
  expect(
    parting({ ...example, arms: { original: original as never, lnfree: original as never } }),
  ).toBeNull();
});

test('a token is told by every arm, its own first; where the other has not read it yet, that is said', () => {
  expect(tokenLines(example, 'lnfree', 2)).toEqual([
    '␣to (id 284)',
    'LN-free 10.0 %, rank 3',
    'Original 20.0 %, rank 3',
    'LN-free finds ␣she likeliest, 50.0 %',
    'entropy 1.20 nats',
  ]);
  expect(tokenLines(forced, 'original', 0)).toContain('LN-free 55.0 %, rank 1');
  const early = { ...example, arms: { ...example.arms, original: { ...example.arms.original, readBy: {} } } };
  expect(tokenLines(early as Generated, 'original', 0)).toContain(
    'LN-free reads it when the text is finished',
  );
});

test('what came of it, in words', () => {
  expect(outcomeInWords(example)).toBe(
    'The texts part at token 2. By WebGPU kernels, with keys and values kept.',
  );
  expect(outcomeInWords({ ...forced, by: { engine: 'ort', method: 'recomputed' } })).toBe(
    'LN-free finds 2 of 3 tokens likeliest too. By ONNX Runtime, which runs the whole text again for every token.',
  );
  expect(lengthInWords({ tokens: [], stop: null, readBy: {} })).toBe('0 tokens …');
  expect(lengthInWords({ tokens: [{} as never], stop: 'stopped', readBy: {} })).toBe('1 token, stopped');
});

test('the table has a line for every token, with every arm’s reading', () => {
  const [header, first, ...others] = generatedCsv(example).split('\r\n');
  expect(header).toBe(
    'arm,index,id,piece,entropy,best,original logprob,original rank,lnfree logprob,lnfree rank',
  );
  expect(first).toMatch(/^original,0,673, she,1\.2, she,-0\.5447\d*,1,-0\.5978\d*,1$/);
  expect(others).toHaveLength(5);
});

test('lines break before words and at ends of lines, never within a word', () => {
  const shown = words([' The', ' ele', 'phant', '.', '\n', 'It', ' ', '!']);
  expect(shown.map(({ space, texts }) => space + texts.join('|'))).toEqual([
    ' The',
    ' ele|phant|.',
    '↵',
    'It',
    '␣',
    '!',
  ]);
  expect(shown.map(({ first }) => first)).toEqual([0, 1, 4, 5, 6, 7]);
  expect(shown.map(({ ends }) => ends)).toEqual([false, false, true, false, false, false]);
});
