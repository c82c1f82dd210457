/** The pure parts of the marks: numbers, glyphs, notes on prompts, CSV, colours. */

import { describe, expect, test } from 'vitest';
import { cellColour, hue, largest, STRONGEST, strength } from './colour.ts';
import { toCsv } from './csv.ts';
import { bytes, compact, duration, list, magnitude, number, percent, points, signed } from './format.ts';
import { glyphs } from './glyphs.ts';
import { toJson } from './json.ts';
import { promptNotes } from './promptNotes.ts';
import { judge } from './tokenVerdict.ts';

describe('numbers', () => {
  test.each([
    [number(-1.005), '−1.00'],
    [number(-0.001), '0.00'],
    [number(Number.NaN), 'NaN'],
    [number(Number.NEGATIVE_INFINITY), '−Inf'],
    [signed(0.5), '+0.50'],
    [signed(-0.5), '−0.50'],
    [signed(0.001), '0.00'],
    [signed(Number.NaN), 'NaN'],
    [percent(0.58), '58.0 %'],
    [percent(0.0042), '0.42 %'],
    [percent(1e-6), '<0.01 %'],
    [percent(0), '0.00 %'],
    [points(0.185), '+18.5'],
    [magnitude(2.6e-7), '3e-7'],
    [magnitude(0), '0'],
    [magnitude(0.01234, 1), '1.2e-2'],
    [magnitude(Number.POSITIVE_INFINITY, 1), '+Inf'],
    [magnitude(Number.NaN), 'NaN'],
    [compact(0.003052), '3.05e−3'],
    [compact(0.83), '0.83'],
    [compact(273.3), '273'],
    [bytes(318), '318 B'],
    [bytes(24_000), '24 kB'],
    [bytes(4_600_000), '4.6 MB'],
    [duration(3), 'less than 10 s'],
    [duration(41), '40 s'],
    [duration(56), '1 min'],
    [duration(170), '3 min'],
    [duration(5400), '1.5 h'],
    [list(['a', 'b', 'c']), 'a, b and c'],
  ])('%s', (shown, expected) => expect(shown).toBe(expected));
});

describe('glyphs', () => {
  test.each([
    [' she', '␣she'],
    ['\n\n', '↵↵'],
    ['\t', '\\t'],
    ['\u0000', '\\x00'],
    ['\u00A0', '\\xA0'],
    ['\u200B', '\\u200B'],
    ['\u202E', '\\u202E'],
    ['\uD83D', '\\uD83D'],
    ['😀', '😀'],
    ['<0xE2>', '<0xE2>'],
    ['é', 'é'],
  ])('%j is drawn %s', (piece, drawn) => expect(glyphs(piece)).toBe(drawn));
});

describe('notes on a prompt', () => {
  test('an ordinary prompt needs none, nor do newlines', () => {
    expect(promptNotes('Once upon a time,\nthere was')).toEqual([]);
  });
  test('a trailing space is pointed out, with the fix', () => {
    expect(promptNotes('One day ')).toMatchObject([{ id: 'trailing-space', fixed: 'One day' }]);
  });
  test('half a surrogate pair is named, with the fix', () => {
    expect(promptNotes('a\uD83Db')).toMatchObject([{ id: 'surrogate', fixed: 'ab' }]);
  });
  test('control characters are named by code', () => {
    expect(promptNotes('a\u0007b')[0]?.message).toContain('U+0007');
  });
});

test('JSON keeps what is not finite, as text, and typed arrays as lists', () => {
  const value = { a: Infinity, b: [Number.NaN, -Infinity, 0.5], c: new Float32Array([1, Infinity]), d: null };
  expect(JSON.parse(toJson(value))).toEqual({
    a: 'Infinity',
    b: ['NaN', '-Infinity', 0.5],
    c: [1, 'Infinity'],
    d: null,
  });
});

test('CSV quotes what must be quoted and keeps f32 numbers exactly', () => {
  const text = toCsv(
    ['piece', 'x'],
    [
      ['a,"b"\n', Math.fround(0.1)],
      [null, Number.NaN],
      ['c', -3],
    ],
  );
  expect(text).toBe('piece,x\r\n"a,""b""\n",0.100000001\r\n,NaN\r\nc,-3');
  expect(Math.fround(Number('0.100000001'))).toBe(Math.fround(0.1));
});

describe('colours', () => {
  test('strength is symmetric, full at the limit, and zero on an empty scale', () => {
    expect([strength(-2, 4), strength(8, 4), strength(3, 0)]).toEqual([STRONGEST / 2, STRONGEST, 0]);
    expect(strength(Number.NaN, 1)).toBeNull();
  });
  test('blue is positive, red negative, and NaN stands out', () => {
    expect([hue(1, 'diverging'), hue(-1, 'diverging'), hue(1, 'sequential')]).toEqual([
      '--positive',
      '--negative',
      '--heat',
    ]);
    expect(cellColour(Number.POSITIVE_INFINITY, 1, 'diverging')).toBe('var(--fault)');
  });
  test('a limit ignores what is missing or not finite', () => {
    expect(largest([null, Number.NaN, -3, 2, Number.POSITIVE_INFINITY])).toBe(3);
  });
});

describe('a typed target', () => {
  const ids: Record<string, number[]> = { she: [7091], ' she': [673], ' elephant': [1, 2, 3], ',': [11] };
  const resolve = async (text: string) => {
    const found = ids[text] ?? [8, 9];
    return { ids: found, pieces: found.map((id) => (found.length === 1 ? text : `piece ${id}`)) };
  };
  test('is taken exactly, with the spaced token offered beside it', async () => {
    expect(await judge('she', resolve)).toMatchObject({
      kind: 'one',
      token: { id: 7091 },
      spaced: { id: 673 },
    });
  });
  test('with its space it needs no hint', async () => {
    expect(await judge(' she', resolve)).toMatchObject({ kind: 'one', token: { id: 673 }, spaced: null });
  });
  test('punctuation needs no hint', async () => {
    expect(await judge(',', resolve)).toMatchObject({ kind: 'one', spaced: null });
  });
  test('of several tokens shows the split', async () => {
    const verdict = await judge(' elephant', resolve);
    expect(verdict).toMatchObject({ kind: 'split', pieces: ['piece 1', 'piece 2', 'piece 3'] });
  });
  test('without an engine gives the reason', async () => {
    const verdict = await judge('she', () => Promise.reject(new Error('The engine is not running.')));
    expect(verdict).toMatchObject({ kind: 'error', message: 'The engine is not running.' });
  });
});
