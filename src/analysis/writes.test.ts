import { describe, expect, test } from 'vitest';
import { TINY_PROMPT, tiny } from '../../tools/tinyModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { headCircuits } from './headCircuits.ts';
import { writesSuite } from './writes.suite.ts';
import { type Part, writes, writesHooks } from './writes.ts';

writesSuite(async () => createCpuBackend());

describe('what cannot be asked says what to do', () => {
  const ask = async (part: Part, position: number | null, k = 3) => {
    const { model } = await tiny({ form: 'layer' });
    const cache = await model.run([TINY_PROMPT], writesHooks(model.config, part, position));
    return writes({ model, cache }, { part, position, k, piece: String });
  };
  test.each([
    ['a head’s weights', { kind: 'head', layer: 0, head: 0 }, null, 3, 'head-circuits'],
    ['an MLP’s weights', { kind: 'mlp', layer: 0 }, null, 3, 'one of its neurons'],
    ['a neuron that is not there', { kind: 'neuron', layer: 0, neuron: 999 }, null, 3, 'neuron is 999'],
    ['a direction of another model', { kind: 'direction', direction: [1, 2] }, null, 3, 'has 2 entries'],
    ['more tokens than there are', { kind: 'mlp', layer: 0 }, -1, 30, 'from 1 to 29'],
    ['a position beyond the prompt', { kind: 'mlp', layer: 0 }, 40, 3, 'Position 40'],
  ] as const)('%s', async (_, part, position, k, words) => {
    await expect(ask(part, position, k)).rejects.toThrow(words);
  });

  test('too many tokens for a circuit', async () => {
    const { model } = await tiny({ form: 'layer' });
    const cache = await model.run([TINY_PROMPT], ['ln_final.hook_scale']);
    const options = { layer: 0, head: 0, input: 'norm', k: 1, piece: String } as const;
    const tokens = Array<number>(65).fill(1);
    await expect(headCircuits({ model, cache }, { ...options, tokens })).rejects.toThrow('from 1 to 64');
    const own = await headCircuits({ model, cache }, { ...options, tokens: null });
    expect(own.tokens.map(({ id }) => id)).toEqual(TINY_PROMPT); // each once
  });
});
