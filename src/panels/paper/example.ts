/** The paper's panel as worth looking at: one claim that holds, one that does not, of another prompt, one only measured. */

import type { ClaimResult, Figure } from '../../claims/index.ts';
import { INITIAL_PAPER } from '../../state/closer/paper.ts';
import { initialState } from '../../state/initial.ts';
import type { PanelExample } from '../panelExample.ts';

const figure = (change: Partial<Figure>): Figure => ({
  arm: 'lnfree',
  what: 'deviation from one linear map',
  value: 1.837e-7,
  unit: 'relative',
  expected: null,
  ok: null,
  ...change,
});

const { text, prependBos, closer } = initialState();

export const exampleResult = (change: Partial<ClaimResult>): ClaimResult => ({
  claim: 1,
  title: 'Norm sites are linear without LayerNorm',
  verdict: 'holds',
  figures: [
    figure({
      arm: 'original',
      value: 0.3309,
      at: 'L3.ln2',
      expected: { rule: 'greater than', value: 1e-3, tolerance: 0 },
      ok: true,
    }),
    figure({ at: 'L4.ln1', expected: { rule: 'at most', value: 1e-5, tolerance: 0 }, ok: true }),
  ],
  on: 'the prompt of the page, 20 tokens',
  convention: 'One gain and one bias per dimension.',
  pair: { id: 'demo', title: 'Demo · three small models' },
  arms: [
    { id: 'original', norm: 'layer', dtype: 'f32', source: 'bundled', repo: null, weights: [] },
    { id: 'lnfree', norm: 'linear', dtype: 'f32', source: 'bundled', repo: null, weights: [] },
  ],
  prompt: { text, prependBos },
  text: null,
  engines: ['wgsl'],
  device: 'google · swiftshader',
  normless: '0.1.0',
  date: '2026-01-02T03:04:05.000Z',
  ...change,
});

const loss = { what: 'mean loss', unit: 'nats', arm: 'original' };
const results = [
  exampleResult({}),
  exampleResult({
    claim: 16,
    verdict: 'does not hold',
    figures: [
      figure({
        ...loss,
        value: 5.3319,
        expected: { rule: 'equals', value: 5.331855773925781, tolerance: 4e-5 },
        ok: false,
      }),
    ],
    pair: { id: 'gpt2-small', title: 'GPT-2 small · 12 layers, 124 M parameters' },
    prompt: null,
  }),
  exampleResult({ claim: 24, verdict: 'measured', figures: [figure({ what: 'position 0', value: 35.04 })] }),
];

export const paperExample: PanelExample = {
  title: 'Three claims measured',
  state: { closer: { ...closer, paper: { ...INITIAL_PAPER, results } } },
  says: [
    'claim by claim, measured here',
    '1 holds, 1 does not hold, 1 measured, with nothing published for these models; 27 not measured.',
    'Norm sites are linear without LayerNorm',
    '1.837e-7 L4.ln1 ✓ ≤ 1e-5',
    '5.331900 nats ✗ 5.331856 ± 4e-5',
    'measured on GPT-2 small',
    'The page loads one form only.',
  ],
};
