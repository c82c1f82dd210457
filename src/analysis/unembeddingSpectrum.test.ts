/** An unembedding that does not read some directions at all: they are counted, and always the same ones are named. */

import { expect, test } from 'vitest';
import { tiny, withParams } from '../../tools/tinyModel.ts';
import { rankConfidenceNeurons } from './confidenceNeurons.ts';
import { defaultNullDimension, nullSpace, unembeddingSpectrum } from './unembeddingSpectrum.ts';
import { dot } from './vectors.ts';

/** The last three residual directions carry no token, so that two directions orthogonal to all-ones are unread. */
async function withUnread() {
  const whole = await tiny({ form: 'layer', tied: false });
  const d = whole.config.dModel;
  const model = withParams(whole, (name, values) =>
    name === 'W_U' ? values.map((w, i) => (i % d < d - 3 ? w : 0)) : undefined,
  ).model;
  return { d, model, spectrum: await unembeddingSpectrum(model) };
}

test('all-ones stands last with its exact zero, however many others are not read', async () => {
  const { d, spectrum } = await withUnread();
  const values = [...spectrum.singularValues];
  expect(values).toEqual([...values].sort((a, b) => b - a));
  expect(values.at(-1)).toBe(0);
  expect(values.filter((value) => value < 1e-5 * (values[0] as number))).toHaveLength(3);
  expect(spectrum.directions).toHaveLength(d);
  for (const [i, a] of spectrum.directions.entries())
    for (const [j, b] of spectrum.directions.entries())
      expect(Math.abs(dot(a, b) - Number(i === j))).toBeLessThan(1e-7);
});

test('the default takes all that are unread, and names those along the axes', async () => {
  const { d, model, spectrum } = await withUnread();
  expect(defaultNullDimension(spectrum)).toBe(2);
  expect((await rankConfidenceNeurons(model, null)).nullDimension).toBe(2);
  const [first, second] = nullSpace(spectrum, 2).map((v) => [...v.slice(d - 3)]);
  const [a, b] = [Math.sqrt(2 / 3), Math.sqrt(1 / 6)];
  for (const [i, x] of [a, -b, -b].entries()) expect(first?.[i]).toBeCloseTo(x, 6);
  for (const [i, x] of [0, Math.SQRT1_2, -Math.SQRT1_2].entries()) expect(second?.[i]).toBeCloseTo(x, 6);
});

test('where every direction is read, it is the share of the literature', async () => {
  const { model } = await tiny({ form: 'layer' });
  expect(defaultNullDimension(await unembeddingSpectrum(model))).toBe(1);
});
