/** The panels' requests: data that answers the opening question, and nothing large unless somebody looks. */

import { expect, test } from 'vitest';
import { initialState } from '../state/initial.ts';
import type { WorkbenchState } from '../state/types.ts';
import { panels } from './index.ts';

const slotsOf = (change: Partial<WorkbenchState>) =>
  panels.flatMap((panel) => panel.asks({ ...initialState(), ...change })).map((ask) => ask.slot);

test('what is asked on opening is what the committed result answers', () => {
  const state = initialState();
  const asks = panels.flatMap((panel) => panel.asks(state));
  const committed = Object.entries(state.slots).filter(([, slot]) => slot.from === 'committed');
  expect(asks.map((ask) => ask.slot).sort()).toEqual(committed.map(([slot]) => slot).sort());
  const dla = asks.find((ask) => ask.slot === 'dla:component');
  expect(dla?.parameters).toEqual({ position: -1, target: [673], contrast: [339], unit: 'component' });
});

test('neurons and sources are asked for only where they are looked at', () => {
  expect(slotsOf({ attributionView: 'neuron' })).toContain('dla:neuron');
  expect(slotsOf({ attributionView: 'head-source' })).not.toContain('dla:head-source');
  expect(slotsOf({ attributionView: 'head-source', pinned: { layer: 1, term: 'L1.attn' } })).not.toContain(
    'dla:head-source',
  );
  expect(slotsOf({ attributionView: 'head-source', pinned: { layer: 1, head: 0 } })).toContain(
    'dla:head-source',
  );
});

test('without a target nothing is attributed', () => {
  expect(slotsOf({ target: [] }).filter((slot) => slot.startsWith('dla'))).toEqual([]);
});

test('every panel has its own id', () => {
  expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
});
