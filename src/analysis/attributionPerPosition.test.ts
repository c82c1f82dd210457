import { expect, test } from 'vitest';
import { TINY_PROMPT, tiny } from '../../tools/tinyModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { askPerPosition, perPositionSuite } from './attributionPerPosition.suite.ts';
import type { PerPositionOptions } from './attributionPerPosition.ts';

perPositionSuite(async () => createCpuBackend());

const bad: [string, Partial<PerPositionOptions>, RegExp][] = [
  ['too few targets', { targets: [1, 2] }, /targets are 2.*must be 8.*each position/],
  ['no targets', { targets: [] }, /targets are 0.*must be 8/],
  ['a target outside the vocabulary', { targets: [1, 2, 3, 4, 5, 6, 7, 29] }, /29 in the targets.*0 to 28/],
  ['as many contrasts as positions', { contrasts: [1, 2, 3, 4, 5, 6, 7, 8] }, /contrasts are 8.*must be 7/],
  ['half a contrast', { contrasts: [1, 2, 3, 4, 5, 6, 1.5] }, /1\.5 in the contrasts/],
  ['k of 0', { k: 0, unit: 'neuron' }, /k is 0.*1 to 48/],
];

test.each(bad)('%s: an InputError that says what is allowed', async (_, change, message) => {
  const { model } = await tiny({ form: 'layer' });
  await expect(askPerPosition(model, TINY_PROMPT, change)).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringMatching(message),
  });
});

test('a prompt of one token has no next one, but may be given a target', async () => {
  const { model } = await tiny({ form: 'layer' });
  await expect(askPerPosition(model, [3], {})).rejects.toMatchObject({ name: 'InputError' });
  expect((await askPerPosition(model, [3], { targets: [4] })).sum.shape).toEqual([1]);
});

test('more neurons than a layer has positive shares are still each named once', async () => {
  const { model } = await tiny({ form: 'layer' });
  const { neurons } = await askPerPosition(model, TINY_PROMPT, { unit: 'neuron', k: 48 });
  for (const named of neurons ?? []) expect(new Set(named.map(({ label }) => label)).size).toBe(48);
});
