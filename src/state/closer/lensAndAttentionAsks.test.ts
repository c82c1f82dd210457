/** What the lens asks, and of whom it waits for a button; which head the attention panel asks about. */

import { expect, test } from 'vitest';
import { gpt2Config } from '../../tensor/params.ts';
import { fakePairs } from '../fakeModels.suite.ts';
import { initialState } from '../initial.ts';
import type { WorkbenchState } from '../types.ts';
import { attentionAsks, pinnedHead, typedEpsilon } from './attentionAsks.ts';
import { lensIsLight, logitLensAsks } from './logitLensAsks.ts';

/** The opening question, put to arms of these sizes. */
function stateOf(nLayers: number, dModel: number, dVocab: number): WorkbenchState {
  const state = initialState();
  const config = gpt2Config({ nLayers, nHeads: 4, dModel, nCtx: 256, dVocab });
  const pairs = fakePairs().map((pair) => ({ ...pair, arms: pair.arms.map((arm) => ({ ...arm, config })) }));
  return { ...state, pairs };
}

const DEMO = stateOf(6, 128, 8192);
const LARGE = stateOf(12, 768, 50257);
const card = { vendor: '', architecture: '', description: '', isFallback: false };

test('the lens follows target and contrast, and asks at once where that is little work', () => {
  const [ask] = logitLensAsks(DEMO);
  expect(ask).toMatchObject({ slot: 'logit-lens', parameters: { scale: 'recomputed', track: [673, 339] } });
});

test('a large model on a processor waits for a button, on a graphics card it does not', () => {
  expect(lensIsLight(LARGE)).toBe(false);
  expect(logitLensAsks(LARGE)).toEqual([]);
  const route = { engine: 'wgsl', choice: 'auto', why: '' } as const;
  const onCard = { ...LARGE, engine: { ...LARGE.engine, route, adapter: card } };
  expect(logitLensAsks(onCard)).toHaveLength(1);
  const software = { ...LARGE, engine: { ...LARGE.engine, route, adapter: { ...card, isFallback: true } } };
  expect(lensIsLight(software)).toBe(false);
});

test('attention asks for all heads, and for the pinned one where every arm has it', () => {
  const slots = (state: WorkbenchState) => attentionAsks(state).map(({ slot }) => slot);
  expect(slots(DEMO)).toEqual(['attention']);
  const pinned = { ...DEMO, pinned: { layer: 5, head: 3 } };
  expect(slots(pinned)).toEqual(['attention', 'attention:head']);
  expect(attentionAsks(pinned)[1]?.parameters).toEqual({
    overview: false,
    layer: 5,
    head: 3,
    target: [673],
    contrast: [339],
  });
  expect(pinnedHead({ ...DEMO, pinned: { layer: 6, head: 0 } })).toBeNull();
  expect(pinnedHead({ ...DEMO, pinned: { layer: 5, term: 'L5.attn' } })).toBeNull();
});

test('a threshold that is none from 0 to 1 is not asked about', () => {
  const typed = (epsilon: string) => ({ ...DEMO.closer.attention, epsilon });
  expect(['0.3', '0', '1', '', ' ', '1.1', '-1', 'x'].map((text) => typedEpsilon(typed(text)))).toEqual([
    0.3,
    0,
    1,
    ...Array(5).fill(null),
  ]);
  expect(attentionAsks({ ...DEMO, closer: { ...DEMO.closer, attention: typed('x') } })).toEqual([]);
});
