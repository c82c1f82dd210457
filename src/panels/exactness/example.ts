/** The panel as worth looking at: a head whose attribution is off by half with LayerNorm, and exact without. */

import type { DirectEffectArm, DirectEffectTerm } from '../../analysis/types/index.ts';
import { initialState } from '../../state/initial.ts';
import type { PanelExample } from '../panelExample.ts';

const { slots } = initialState();

function term(head: number, dla: number, difference: number, scaleWithout: number): DirectEffectTerm {
  return {
    label: `L0H${head}`,
    layer: 0,
    head,
    dla,
    directEffect: dla + difference,
    difference,
    without: 2,
    scaleWithout,
    identity: { scaleWithout, difference },
    nmae: (100 * Math.abs(difference)) / Math.abs(dla + difference),
  };
}

function arm(pooled: number, scale: number, terms: DirectEffectTerm[]): DirectEffectArm {
  const estimate = { value: pooled, low: pooled / 2, high: pooled * 2 };
  return {
    unit: 'head',
    positions: [19],
    targets: [[673]],
    contrast: [339],
    terms,
    nmae: {
      over: 'heads',
      terms: terms.length,
      positions: 1,
      pooled: estimate,
      meanOfTerms: estimate,
      resamples: 1000,
      seed: 0,
    },
    identityError: 2e-6,
    identityTolerance: 1e-4,
    method: 'measured',
    convention: {
      finalScale: scale === 1 ? 'none' : 'frozen',
      scale,
      centerUnembed: true,
      valueBias: 'head',
      targets: 'given',
    },
  };
}

const arms = {
  original: arm(40, 1.5, [term(0, 1, 0.5, 1.875), term(1, -1, 0.25, 1.6875)]),
  lnfree: arm(0, 1, [term(0, 1.2, 0, 1), term(1, -0.8, 0, 1)]),
};
const result = {
  analysis: 'direct-effect',
  pair: 'demo',
  tokens: [],
  pieces: [],
  engine: 'ort',
  arms,
} as const;

export const exactnessExample: PanelExample = {
  title: 'Half a logit off with LayerNorm, nothing without',
  state: {
    slots: {
      ...slots,
      'direct-effect': { ...slots['direct-effect'], result: { ...result, tokens: [], pieces: [] } },
      'direct-effect:all': { ...slots['direct-effect:all'], result: { ...result, tokens: [], pieces: [] } },
    },
  },
  says: [
    'Original: attribution is off by 40.0 % on average; LN-free: by 0.00 %.',
    'LN-free has no scale that could move',
    'L0H0: why they differ',
    '40.0 % [20.0, 80.0]',
    '✓ identity within 2e-6',
  ],
};
