/**
 * Links that were made once and must open for ever: goldenLinks.json holds them with what each says. Rows are added,
 * never changed or taken away, whatever becomes of the page; a later version gets rows of its own.
 */

import { expect, test } from 'vitest';
import { decodeLink } from './codec.ts';
import { complete, DEFAULTS_V1 } from './defaults.ts';
import golden from './goldenLinks.json' with { type: 'json' };
import type { Link } from './schema.ts';

test.each(golden.map((row) => [row.says, row.link, row.content] as const))(
  'says for ever: %s',
  async (_, link, content) => {
    expect(await decodeLink(`#${link}`)).toEqual(content);
  },
);

test('they use every field that a link of version 1 has', () => {
  const used = golden.map(({ content }) => content as Link);
  const fieldsOf = (pick: (link: Link) => object | undefined) => [
    ...new Set(used.flatMap((link) => Object.keys(pick(link) ?? {}))),
  ];
  const full = Object.keys(DEFAULTS_V1);
  expect(fieldsOf((link) => link).sort()).toEqual([...full, 'demo', 'repos', 'models', 'fingerprint'].sort());
  for (const group of ['view', 'generation', 'pins'] as const)
    expect(fieldsOf((link) => link[group]).sort()).toEqual(Object.keys(DEFAULTS_V1[group]).sort());
  for (const [panel, settings] of Object.entries(DEFAULTS_V1.closer)) {
    const own = panel as keyof typeof DEFAULTS_V1.closer;
    expect(fieldsOf((link) => link.closer?.[own]).sort(), panel).toEqual(Object.keys(settings).sort());
  }
});

test('what a link leaves out means for ever what it meant when it was made', () => {
  expect(complete({})).toMatchObject({
    text: 'Once upon a time, there was a little girl who liked to play. One day,',
    prependBos: true,
    pair: 'demo',
    position: null,
    target: [{ id: 673, piece: ' she' }],
    contrast: [{ id: 339, piece: ' he' }],
    view: {
      ...{ shown: ['original', 'lnfree'], compare: ['original', 'lnfree'], colourBy: 'loss' },
      ...{ predictionMetric: 'prob', predictionCount: 10, attributionView: 'component', sharedScale: true },
      ...{ neuronsBy: null, neuronCount: 16, open: null, editView: 'edited', editEffects: true },
    },
    pins: { place: null, neuron: null },
    edits: [],
    closer: {
      exactness: { unit: 'head', targets: 'next' },
      logitLens: { scale: 'recomputed', colour: 'top' },
      norms: { stage: null, by: 'cumulative', value: 'prompt', typed: '1.5' },
      neuronAblation: { count: 10, effect: 'entropy', amount: 1, twice: 'entropy' },
      writes: { part: '', at: 'position', input: 'norm' },
      attention: { weighting: 'pattern', epsilon: '0.3' },
      patching: {
        clean: 'Once upon a time, there was a little girl who liked to play. One day,',
        corrupted: 'Once upon a time, there was a little boy who liked to play. One day,',
        ...{ target: [{ id: 673, piece: ' she' }], contrast: [{ id: 339, piece: ' he' }], wordsOf: 'demo' },
        ...{ site: 'resid_post', granularity: 'position', direction: 'denoising', normalise: true },
        ...{ layer: null, cell: null, over: 'these', ioiCount: '16', ioiSeed: '0', typedPairs: '' },
      },
      text: { source: 'sample', typed: '', window: null, overlap: 'none', prependBos: false },
      paper: { text: '' },
    },
    generation: { mode: 'free', leader: null, maxTokens: '32', temperature: '0.8', topK: '', topP: '0.95' },
  });
});
