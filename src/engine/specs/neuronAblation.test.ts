/** What the spec makes of a request's means, and of edits after the neurons. */

import { beforeAll, expect, test } from 'vitest';
import { createCpuService } from '../../../tools/cpuService.ts';
import { LAST } from '../../../tools/demo.ts';
import { TINY_PROMPT, tiny } from '../../../tools/tinyModel.ts';
import { neuronAblationHooks } from '../../analysis/neuronAblation.ts';
import type { NeuronAblationParameters } from '../../analysis/types/index.ts';
import type { Edit } from '../../model/edits.ts';
import { neuronAblationSpec } from './neuronAblation.ts';
import type { AnalysisContext } from './spec.ts';

async function ask(parameters: NeuronAblationParameters) {
  const { model } = await tiny({ form: 'layer' });
  const cache = await model.run([TINY_PROMPT], neuronAblationHooks(model.config));
  if (!('arm' in neuronAblationSpec)) throw new Error('goes arm by arm');
  const context = { piece: String } as Partial<AnalysisContext> as AnalysisContext;
  return neuronAblationSpec.arm({ arm: 'original', run: { model, cache }, parameters, context });
}

test('means of a corpus are looked up by neuron, and named as such', async () => {
  const means = Array.from({ length: 48 }, (_, n) => n / 100);
  const result = await ask({ neurons: [7, 40], mean: 'corpus', corpusMeans: { original: means } });
  expect(result.means).toEqual([0.07, 0.4]);
  expect(result.convention.mean).toBe('corpus');
  const given = await ask({ neurons: [7, 40], mean: [0.07, 0.4] });
  expect(given.entropyTotal.data).toEqual(result.entropyTotal.data);
  expect(given.convention.mean).toBe('given');
});

test.each([
  ['no neurons', {}, /needs neurons/],
  ['no means of a corpus', { neurons: [1], mean: 'corpus' }, /corpusMeans\.original.*'corpus' measures it/],
  [
    'means of another arm',
    { neurons: [1], mean: 'corpus', corpusMeans: { lnfree: [] } },
    /corpusMeans\.original/,
  ],
  ['too few', { neurons: [5], mean: 'corpus', corpusMeans: { original: [1] } }, /none for neuron 5/],
  ['an unknown mean', { neurons: [5], mean: 'dataset' }, /one of: prompt, corpus/],
  ['frequencies that are no list', { neurons: [5], frequencies: 3 }, /list of numbers/],
])('%s: an InputError that says how', async (_, parameters, message) => {
  await expect(async () => ask(parameters as NeuronAblationParameters)).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringMatching(message),
  });
});

const service = createCpuService();
beforeAll(() => service.start());

test.each([
  ['set', { kind: 'set', site: `L${LAST}.mlp_out`, value: 0 }],
  ['zero, at one position', { kind: 'zero', site: `blocks.${LAST}.hook_resid_post`, position: 2 }],
  ['mean', { kind: 'mean', site: `L${LAST}.mlp_out` }],
  ['scale', { kind: 'scale', site: `L${LAST}.resid_post`, value: 2 }],
  ['from-run', { kind: 'from-run', site: `L${LAST}.resid_post`, source: { text: 'The cat sat' } }],
] as [string, Edit][])('neuron-ablation refuses to add to what was replaced: %s', async (_, edit) => {
  const ask = (edits: Edit[]) =>
    service.analyze('neuron-ablation', { text: 'The dog ran', arms: ['lnfree'], neurons: [3], edits });
  await expect(ask([edit])).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringMatching(
      new RegExp(`'${edit.kind}' at ${edit.site} would replace it.*L${LAST}\\.mlp_post`),
    ),
  });
  // One layer earlier, or added: everything that neurons write still arrives.
  const earlier = { ...edit, site: edit.site.replace(`${LAST}`, `${LAST - 1}`) } as Edit;
  const added: Edit = { kind: 'add', site: `L${LAST}.resid_post`, value: 0.1 };
  expect((await ask([earlier, added])).arms.lnfree?.neurons).toEqual([3]);
});
