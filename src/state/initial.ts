/** The state the page opens with: the committed first result and the question it answers. */

import { STARTING } from '../engine/status.ts';
import { initialCloser } from './closer/index.ts';
import { firstResult } from './firstResult.ts';
import { INITIAL_LINKING } from './linking/types.ts';
import { initialModels } from './models/initial.ts';
import { SLOT_ANALYSES } from './slots.ts';
import type { Slot, SlotId, Slots, Token, WorkbenchState } from './types.ts';

const { prompt, pair, requests, results } = firstResult;

/** The chips of the first question: the ids of the result, the pieces it was asked with. */
function chips(side: 'target' | 'contrast'): Token[] {
  const piece = requests['dla:component'].request[side];
  const ids = Object.values(results['dla:component'].arms)[0]?.[side] ?? [];
  return ids.map((id) => ({ id, piece: typeof piece === 'string' ? piece : `#${id}` }));
}

/** A slot that nothing has been asked for. */
export function empty<S extends SlotId>(): Slot<S> {
  return { result: null, key: null, from: 'live', working: false, progress: null, error: null };
}

/** A fresh copy of the opening state. */
export function initialState(): WorkbenchState {
  const slots = Object.fromEntries([
    ...Object.keys(SLOT_ANALYSES).map((slot) => [slot, empty()]),
    ...Object.entries(results).map(([slot, result]) => [slot, { ...empty(), result, from: 'committed' }]),
  ]) as Slots;
  return {
    text: prompt.text,
    prependBos: prompt.prependBos,
    pair,
    position: null,
    target: chips('target'),
    contrast: chips('contrast'),
    otherWords: null,
    shown: ['original', 'lnfree'],
    compare: ['original', 'lnfree'],
    colourBy: 'loss',
    predictionMetric: 'prob',
    predictionCount: 10,
    attributionView: 'component',
    sharedScale: true,
    neuronsBy: null,
    neuronCount: 16,
    theme: 'auto',
    open: null,
    hover: null,
    pinned: null,
    neuron: null,
    engine: STARTING,
    engineAsked: null,
    version: '',
    pairs: [],
    notices: [],
    promptError: null,
    edits: [],
    editView: 'edited',
    editForm: false,
    editEffects: true,
    slots,
    handAsked: {},
    wanted: {},
    generationSettings: {
      mode: 'free',
      leader: null,
      maxTokens: '32',
      temperature: '0.8',
      topK: '',
      topP: '0.95',
      seed: '0',
    },
    generating: false,
    generated: null,
    generationError: null,
    models: initialModels(pair),
    closer: initialCloser(),
    linking: { ...INITIAL_LINKING },
    sheet: null,
    offline: { state: 'not-yet' },
  };
}
