import { expect, test } from 'vitest';
import { TINY_PROMPT, tiny } from '../../tools/tinyModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { labelled } from '../tensor/tensor.ts';
import { askTwice, inductionSuite } from './induction.suite.ts';
import type { InductionOptions } from './induction.ts';
import { chosenHeads } from './inductionHeads.ts';
import { readTwice } from './inductionText.ts';

inductionSuite(async () => createCpuBackend());

test('token 0 is read once, the others twice; what is left out is said', () => {
  const read = (length: number, nCtx: number) => readTwice([9, 1, 2, 3], length, { nCtx });
  expect(read(100, 16)).toEqual({
    tokens: [9, 1, 2, 3, 1, 2, 3],
    second: 4,
    period: 3,
    of: 4,
    cut: null,
  });
  expect(read(3, 16)).toMatchObject({ tokens: [9, 1, 2, 1, 2], second: 3, of: 4, cut: 'length' });
  expect(read(100, 6)).toMatchObject({ tokens: [9, 1, 2, 1, 2], cut: 'context' });
  expect(readTwice([...Array(100).keys()], 100, { nCtx: 1024 }).tokens).toHaveLength(199);
});

test('each head cut off has a control in its own layer, as long as there are heads', () => {
  const scores = labelled(['layer', 'head'], [2, 3], Float32Array.of(0.9, 0.1, 0.2, 0.3, 0.8, 0.4));
  const names = (heads: Parameters<typeof chosenHeads>[1]) => {
    const { induction, control } = chosenHeads(scores, heads);
    return [induction, control].map((list) => list.map(({ layer, head }) => `${layer}.${head}`).join(' '));
  };
  expect(names(2)).toEqual(['0.0 1.1', '0.1 1.0']);
  expect(
    names([
      [0, 1],
      [0, 2],
    ]),
  ).toEqual(['0.1 0.2', '0.0']); // a third would be none of the layer's
  expect(names([[1, 0]])).toEqual(['1.0', '1.2']);
});

const bad: [string, Partial<InductionOptions>, RegExp, number[]?][] = [
  ['one token', {}, /text of one token.*longer text/, [4]],
  ['two tokens', {}, /text of 2 tokens.*longer text/, [4, 5]],
  ['a length of 2', { length: 2 }, /length is 2/],
  ['no neuron', { neurons: [] }, /1 to 64 neurons.*0 to 47/],
  ['a neuron that the layer does not have', { neurons: [48] }, /0 to 47/],
  ['no head', { heads: [] }, /list of 1 to 16 heads/],
  ['heads of number 0', { heads: 0 }, /heads is 0/],
  ['a head that there is not', { heads: [[0, 99]] }, /layers from 0 to 1/],
  [
    'a head twice',
    {
      heads: [
        [0, 1],
        [0, 1],
      ],
    },
    /none twice/,
  ],
];

test.each(bad)(
  '%s: an InputError that says what is allowed',
  async (_, change, message, prompt = TINY_PROMPT) => {
    const { model } = await tiny({ form: 'layer' });
    await expect(askTwice(model, change, prompt)).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(message),
    });
  },
);

test('every run is told, and ends where telling rejects', async () => {
  const { model } = await tiny({ form: 'layer' });
  const told: string[] = [];
  const onStep = async (done: number, total: number) => {
    told.push(`${done}/${total}`);
    if (done === 3) throw new Error('enough');
  };
  await expect(askTwice(model, { onStep })).rejects.toThrow('enough');
  expect(told).toEqual(['0/1', '1/5', '2/5', '3/5']);
});
