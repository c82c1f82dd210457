/** Claims 11, 12 and 29: patching, which takes edits and gradients. */

import type { Claim } from './types.ts';

const LATER = {
  cannot:
    'Needs edits of activations and gradients, which this version does not have. It comes with the next one.',
};

export const patching: readonly Claim[] = [
  {
    id: 11,
    group: 'patching',
    kind: 'mathematics',
    title: 'Attribution patching is exact at the end, without LayerNorm',
    statement:
      'At the last residual and the last MLP’s output the LN-free model is linear, so attribution patching (a gradient times a difference) equals activation patching; with LayerNorm it does not.',
    published: [
      { says: 'LN-free: error at most 1e-4; LN: above 0', source: 'follows from the paper’s §5.2' },
    ],
    setting: 'mathematics: any weights',
    here: '',
    notes: [],
    needs: { norms: ['layer', 'linear'] },
    measure: LATER,
  },
  {
    id: 12,
    group: 'patching',
    kind: 'mathematics',
    title: 'Identities of activation patching',
    statement:
      'Patching layer 0’s residual at the only token that differs gives back the clean run whole, at any other token nothing; patching the last residual at the end gives it back whole.',
    published: [{ says: 'normalised 1.000 ± 1e-3, 0, 1.000', source: 'definitions' }],
    setting: 'mathematics: any weights, two prompts that differ in one token',
    here: '',
    notes: [],
    needs: { norms: [] },
    measure: LATER,
  },
  {
    id: 29,
    group: 'patching',
    kind: 'measurement',
    title: 'Removing LayerNorm does not make attribution patching better',
    statement:
      'Per layer, attribution patching of the residual errs about as much without LayerNorm as with it: softmax and GELU are the culprits that stay.',
    published: [
      {
        says: 'improvement −0.026 ± 0.082 (mean and deviation over layers, normalised)',
        source: 'paper §5.2, fig. 2',
      },
    ],
    setting: 'GPT-2 small, vanilla against LN-free, 480 IOI prompts, residual of every layer and position',
    here: '',
    notes: ['⚠ The repository has no raw numbers of this figure.'],
    needs: { norms: ['layer', 'linear'], gpt2Vocabulary: true },
    measure: LATER,
  },
];
