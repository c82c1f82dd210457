/** What is said and exported of a text read twice, from a made-up one. */

import { expect, test } from 'vitest';
import { twiceExample } from './twiceExample.ts';
import {
  cutRows,
  headsCsv,
  headsInWords,
  heldOf,
  readInWords,
  twiceCsv,
  twiceInWords,
} from './twiceFigures.ts';

const twice = twiceExample([100, 312], 0.9, [-0.5, -0.25], 'recomputed');
const arms = [{ arm: 'original', twice }];

test('one neuron, or all of them; one that was not ablated stands for all', () => {
  expect([...heldOf(twice, 'clip', 312).entropy]).toEqual([5, 2, 4, 1.75, 0.75]);
  expect(heldOf(twice, 'mean', 312).effect.entropy).toBe(-0.5);
  expect(heldOf(twice, 'clip', null).effect.entropy).toBe(-0.75);
});

test('the words name which way the entropy goes, and heads only where there are any', () => {
  expect(twiceInWords(arms[0] as (typeof arms)[0])).toContain(
    'is surer the second time: mean entropy 3.000, then 1.500',
  );
  const { entropy } = twice;
  const slower = { ...twice, entropy: { ...entropy, data: Float32Array.of(5, 1, 1, 2, 3) }, neurons: [100] };
  expect(twiceInWords({ arm: 'lnfree', twice: slower })).toMatch(
    /LN-free is less sure .* The neuron clipped/,
  );
  expect(headsInWords({ arm: 'lnfree', twice: twiceExample([1, 2], 0.69, [0, 0], 'none') })).toContain(
    'LN-free has no head that finds the text again',
  );
});

test('what was left out of the prompt is said with its reason', () => {
  const cut = (why: 'length' | 'context') =>
    readInWords({ ...twice, text: { ...twice.text, of: 9, cut: why } });
  expect(cut('length')).toContain('Of the prompt’s 9 tokens these are the first 3');
  expect(cut('context')).toContain('do not fit the models’ context');
});

test('tables have a row for each position of each neuron and of all, and for each step of the heads', () => {
  const lines = twiceCsv(arms).split('\r\n');
  expect(lines).toHaveLength(1 + 3 * 5);
  expect(lines[5]).toBe('original,all,4,2,,1,0.25,-0.5,,,, she');
  expect(lines[9]).toMatch(/^original,100,3,2,0\.8\d*,2,1\.5,1,1,0\.5,0, day$/);
  expect(cutRows(twice).map(({ kind }) => kind)).toEqual(['none', 'induction', 'control']);
  expect(headsCsv(arms).split('\r\n')[3]).toMatch(/^original,induction,L0H0,0\.9,2,1\.5,100,0\.3\d*$/);
});
