/** What a frame may draw before an engine runs: the committed result, of its own question and of no other. */

import { expect, test } from 'vitest';
import { initialState } from '../../state/initial.ts';
import type { WorkbenchState } from '../../state/types.ts';
import { FRAMED } from '../framed.ts';
import { askersOf, isAnsweredByBuild, panelOf } from './panels.ts';

const answered = (id: string, change: Partial<WorkbenchState> = {}) => {
  const panel = panelOf(id);
  if (!panel) throw new Error(`no panel ${id}`);
  return isAnsweredByBuild({ ...initialState(), ...change }, panel);
};

test.each(['predictions', 'attribution', 'confidence-neurons'])(
  '%s: drawn as it comes with the build',
  (id) => {
    expect(answered(id)).toBe(true);
    expect(answered(id, { shown: ['original', 'vanilla', 'lnfree'], predictionMetric: 'logit' })).toBe(true);
  },
);

test.each<[string, Partial<WorkbenchState>]>([
  ['another prompt', { text: 'The dog' }],
  ['no BOS', { prependBos: false }],
  ['another pair', { pair: 'gpt2-small' }],
  ['another position', { position: 3 }],
  ['another target', { target: [{ id: 1, piece: 'x' }] }],
  ['an arm that the build does not know', { shown: ['original', 'mine'] }],
  ['a view that the build has nothing of', { attributionView: 'neuron' }],
  ['an edit', { edits: [{ id: 0, on: true, about: null, edit: { kind: 'zero', site: 'L3H2' } }] }],
])('%s is another question: nothing is drawn in its place', (_, change) => {
  expect(answered('attribution', change)).toBe(false);
});

test('without a target, and of panels that look closer, there is no committed answer', () => {
  expect(answered('attribution', { target: [] })).toBe(false);
  for (const { id } of FRAMED.filter(({ closer }) => closer))
    expect(answered(id, { open: id }), id).toBe(false);
});

test('a frame asks what its own panel asks and what a link says of its numbers, not the rest of the page', () => {
  const slots = (id: string, open: string | null = null) =>
    askersOf(id).flatMap((asker) => asker({ ...initialState(), open }).map(({ slot }) => slot));
  expect(slots('predictions').sort()).toEqual(['dla:component', 'dla:head', 'predictions', 'token-stats']);
  expect(slots('logit-lens', 'logit-lens')).toContain('logit-lens');
  expect(slots('logit-lens')).not.toContain('logit-lens');
});

test('what is no panel cannot be framed', () => {
  for (const id of ['', 'edits', 'verify', '<script>', '__proto__', 'constructor'])
    expect(panelOf(id)).toBeUndefined();
});
