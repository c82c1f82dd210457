/** The answer, its proof and its table, from results. */

import { expect, test } from 'vitest';
import { exactnessExample } from './example.ts';
import {
  answerInWords,
  effectsCsv,
  estimateInWords,
  furthestOff,
  headMatrix,
  type OfArm,
  proofOf,
  whyExact,
} from './terms.ts';

const result = exactnessExample.state.slots?.['direct-effect'].result;
const arms = Object.entries(result?.arms ?? {}).map(([arm, effects]): OfArm => ({ arm, effects }));

test('the answer names every arm and its error, and says why one has none', () => {
  expect(answerInWords(arms)).toBe('Original: attribution is off by 40.0 % on average; LN-free: by 0.00 %.');
  expect(whyExact(arms)).toMatch(/^LN-free has no scale/);
  expect(whyExact(arms.slice(0, 1))).toBeNull();
  expect(estimateInWords({ value: 4, low: 2, high: 8 })).toBe('4.00 % [2.00, 8.00]');
});

test('what is spoken about first is the head furthest off', () => {
  expect(furthestOff(arms)).toBe('L0H0');
  expect(furthestOff([])).toBeNull();
});

test('the proof fails where the sides of the identity part, or a number is missing', () => {
  expect(proofOf(arms)).toMatchObject({ ok: true, text: '✓ identity within 2e-6' });
  const [first] = arms as [OfArm];
  const off = (identityError: number) => [{ ...first, effects: { ...first.effects, identityError } }];
  expect(proofOf(off(0.1))).toMatchObject({ ok: false, text: '✗ identity within 1e-1' });
  expect(proofOf(off(Number.NaN)).ok).toBe(false);
  const checked = { neurons: 16, worst: 3e-7, tolerance: 1e-4 };
  expect(proofOf([{ ...first, effects: { ...first.effects, checked } }]).text).toBe(
    '✓ measured neurons agree within 3e-7',
  );
});

test('maps and table hold the numbers of the terms', () => {
  const { layers, heads, values } = headMatrix(arms[0]?.effects.terms ?? [], (term) => term.difference);
  expect([layers, heads, ...values]).toEqual([1, 2, 0.5, 0.25]);
  const [header, first] = effectsCsv(arms).split('\r\n');
  expect(header).toMatch(/^model,term,attribution,direct_effect,difference,/);
  expect(first).toBe('original,L0H0,1,1.5,0.5,2,1.5,1.875,1.875,0.5,33.3333333');
});
