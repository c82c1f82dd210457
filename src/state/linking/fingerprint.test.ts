/** Numbers of two machines agree, differ by how weights are kept, or are of other weights; each is said so. */

import { expect, test } from 'vitest';
import { initialState } from '../initial.ts';
import { compareFingerprints, type Fingerprint, fingerprintOf } from './fingerprint.ts';

const AUTHOR: Fingerprint = {
  original: { top: 673, prob: 0.8123, value: 5.9238 },
  lnfree: { top: 673, prob: 0.7, value: 4.25 },
};
const here = (change: Partial<Fingerprint[string]>): Fingerprint => ({
  ...AUTHOR,
  lnfree: { top: 673, prob: 0.7, value: 4.25, ...change },
});

test.each([
  [here({}), true, /to every digit it carries/],
  [here({ prob: 0.70001 }), true, /to 1e-5/],
  [here({ value: null }), true, /every digit/],
  [here({ value: 4.3 }), false, /LN-free differ from its author’s by 0\.050/],
  [here({ top: 5, prob: 0.3 }), false, /likeliest token of LN-free is another one/],
  [{ mine: { top: 1, prob: 1, value: null } }, false, /not on show here/],
])('case %#', (ours, ok, says) => {
  expect(compareFingerprints(AUTHOR, ours)).toEqual({ ok, says: expect.stringMatching(says) });
});

test('the opening result has one, rounded to five digits; a question without its answer has none', () => {
  const state = initialState();
  const found = fingerprintOf(state);
  expect(Object.keys(found ?? {})).toEqual(['original', 'lnfree']);
  for (const { prob, value } of Object.values(found ?? {})) {
    expect(prob).toBe(Number(prob.toPrecision(5)));
    expect(value).not.toBeNull();
  }
  expect(fingerprintOf({ ...state, wanted: { predictions: 'another question' } })).toBeNull();
});
