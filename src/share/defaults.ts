/** What a link of version 1 means where it says nothing: fixed for ever, whatever the page opens with later. */

import type { Link } from './schema.ts';

type Closer = NonNullable<Link['closer']>;

/** Every input of the page, spelt out. */
export interface FullLink {
  text: string;
  prependBos: boolean;
  pair: string;
  position: number | null;
  target: NonNullable<Link['target']>;
  contrast: NonNullable<Link['contrast']>;
  view: Required<NonNullable<Link['view']>>;
  pins: Required<NonNullable<Link['pins']>>;
  edits: NonNullable<Link['edits']>;
  closer: { [P in keyof Required<Closer>]: Required<NonNullable<Closer[P]>> };
  generation: Required<NonNullable<Link['generation']>>;
}

export const DEFAULTS_V1: FullLink = {
  text: 'Once upon a time, there was a little girl who liked to play. One day,',
  prependBos: true,
  pair: 'demo',
  position: null,
  target: [{ id: 673, piece: ' she' }],
  contrast: [{ id: 339, piece: ' he' }],
  view: {
    shown: ['original', 'lnfree'],
    compare: ['original', 'lnfree'],
    colourBy: 'loss',
    predictionMetric: 'prob',
    predictionCount: 10,
    attributionView: 'component',
    sharedScale: true,
    neuronsBy: null,
    neuronCount: 16,
    open: null,
    editView: 'edited',
    editEffects: true,
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
      target: [{ id: 673, piece: ' she' }],
      contrast: [{ id: 339, piece: ' he' }],
      wordsOf: 'demo',
      site: 'resid_post',
      granularity: 'position',
      direction: 'denoising',
      normalise: true,
      layer: null,
      cell: null,
      over: 'these',
      ioiCount: '16',
      ioiSeed: '0',
      typedPairs: '',
    },
    text: {
      source: 'sample',
      typed: '',
      window: null,
      overlap: 'none',
      prependBos: false,
      attribution: false,
    },
    paper: { text: '' },
  },
  generation: {
    mode: 'free',
    leader: null,
    maxTokens: '32',
    temperature: '0.8',
    topK: '',
    topP: '0.95',
    seed: '0',
  },
};

/** A link's content with the defaults filled in. */
export function complete(link: Link): FullLink {
  return filled(DEFAULTS_V1, link) as FullLink;
}

/** Without what is as by default. */
export function compact(full: FullLink): Link {
  return (lean(DEFAULTS_V1, full) ?? {}) as Link;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function filled(fallback: unknown, given: unknown): unknown {
  if (given === undefined) return structuredClone(fallback);
  if (!isRecord(fallback) || !isRecord(given)) return given;
  return Object.fromEntries(Object.entries(fallback).map(([key, value]) => [key, filled(value, given[key])]));
}

/** Undefined where nothing differs. Lists, and what may be null, are whole or not there. */
function lean(fallback: unknown, value: unknown): unknown {
  if (!isRecord(fallback) || !isRecord(value))
    return JSON.stringify(fallback) === JSON.stringify(value) ? undefined : value;
  const kept = Object.keys(fallback).flatMap((key) => {
    const part = lean(fallback[key], value[key]);
    return part === undefined ? [] : [[key, part] as const];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}
