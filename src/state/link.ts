/** The page's inputs as a link says them, and the page as a link asks for it. */

import { compact, complete, type FullLink } from '../share/defaults.ts';
import type { Link } from '../share/schema.ts';
import type { CloserSettings } from './closer/index.ts';
import type { WorkbenchState } from './types.ts';

/** What of the page a link carries; results, progress and what a person prefers (theme, engine) stay out. */
export const LINKED = [
  'text',
  'prependBos',
  'pair',
  'position',
  'target',
  'contrast',
  'shown',
  'compare',
  'colourBy',
  'predictionMetric',
  'predictionCount',
  'attributionView',
  'sharedScale',
  'neuronsBy',
  'neuronCount',
  'open',
  'editView',
  'editEffects',
  'edits',
  'pinned',
  'neuron',
  'generationSettings',
  'closer',
] as const satisfies readonly (keyof WorkbenchState)[];

export type LinkedState = Pick<WorkbenchState, (typeof LINKED)[number]>;

/** The inputs of a state, defaults left out. */
export function linkOf(state: LinkedState): Link {
  return compact(fullLink(state));
}

function fullLink(state: LinkedState): FullLink {
  const { text, prependBos, pair, position, target, contrast, pinned, neuron, generationSettings } = state;
  const { shown, compare, colourBy, predictionMetric, predictionCount, attributionView } = state;
  const { sharedScale, neuronsBy, neuronCount, open, editView, editEffects } = state;
  const {
    exactness,
    logitLens,
    norms,
    neuronAblation,
    writes,
    attention,
    patching,
    text: read,
    paper,
  } = state.closer;
  return {
    ...{ text, prependBos, pair, position, target, contrast },
    view: {
      ...{ shown, compare: [...compare], colourBy, predictionMetric, predictionCount, attributionView },
      ...{ sharedScale, neuronsBy, neuronCount, open, editView, editEffects },
    },
    pins: { place: pinned, neuron },
    edits: state.edits.map(({ edit, on, about }) => ({ edit, on, about })) as FullLink['edits'],
    closer: {
      ...{ exactness, logitLens, norms, writes, attention },
      neuronAblation: pick(neuronAblation, ['count', 'effect', 'amount', 'twice']),
      patching: pick(patching, [
        ...(['clean', 'corrupted', 'target', 'contrast', 'wordsOf', 'site', 'granularity'] as const),
        ...([
          'direction',
          'normalise',
          'layer',
          'cell',
          'over',
          'ioiCount',
          'ioiSeed',
          'typedPairs',
        ] as const),
      ]),
      text: {
        ...pick(read, ['typed', 'window', 'overlap', 'prependBos', 'attribution']),
        // A file stays with the person who has it.
        source: read.source === 'file' ? 'sample' : read.source,
      },
      paper: pick(paper, ['text']),
    },
    generation: generationSettings,
  };
}

/** The state that a link asks for, on top of one that is there: what a link does not carry is left as it is. */
export function linkedState(link: Link, before: LinkedState): LinkedState {
  const { view, pins, edits, closer, generation, ...question } = complete(link);
  return {
    ...question,
    ...view,
    pinned: pins.place,
    neuron: pins.neuron,
    edits: edits.map((entry, id) => ({ ...entry, id })),
    generationSettings: generation,
    closer: mergedCloser(before.closer, closer as unknown as Partial<CloserSettings>),
  };
}

function mergedCloser(before: CloserSettings, asked: Partial<CloserSettings>): CloserSettings {
  const merged = Object.entries(before).map(([panel, settings]) => [
    panel,
    { ...settings, ...asked[panel as keyof CloserSettings] },
  ]);
  return Object.fromEntries(merged) as CloserSettings;
}

function pick<T, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}
