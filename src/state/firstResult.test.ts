/** The committed first result: revived tensors, and the question the page opens with. */

import { expect, test } from 'vitest';
import { firstResult, reviveTensors } from './firstResult.ts';
import { initialState } from './initial.ts';

test('tensors become Float32Arrays wherever they lie; other lists of numbers stay lists', () => {
  const revived = reviveTensors({ a: [{ axes: ['x'], shape: [2], data: [1, 2] }], data: [3] });
  expect(revived).toEqual({ a: [{ axes: ['x'], shape: [2], data: new Float32Array([1, 2]) }], data: [3] });
});

test('it answers the opening question: all three arms, she over he, at the last of 20 tokens', () => {
  const dla = firstResult.results['dla:component'];
  expect(Object.keys(dla.arms)).toEqual(['original', 'vanilla', 'lnfree']);
  expect(dla.arms.original).toMatchObject({
    position: dla.tokens.length - 1,
    target: [673],
    contrast: [339],
  });
  expect(firstResult.results['confidence-neurons'].arms.lnfree?.activations.data).toBeInstanceOf(
    Float32Array,
  );
  expect(initialState()).toMatchObject({ text: firstResult.prompt.text, position: null, pair: 'demo' });
});
