/** What gradients are tried on: metrics, and edits of every kind, of the committed tiny models. */

import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import type { Edit } from './edits.ts';
import { logitDifference, type Metric } from './metric.ts';

export const T = TINY_TOKENS.length;
/** The other prompt: one token differs. */
export const OTHER = TINY_TOKENS.map((id, p) => (p === 3 ? 8 : id));
export const LOGITS = logitDifference(T - 1, [5, 17], [29]);

export type Form = keyof typeof TINY_CHECKPOINTS;
export const FORMS = Object.keys(TINY_CHECKPOINTS) as Form[];

export const METRICS: Record<string, Metric> = {
  'a logit difference': LOGITS,
  'one logit twice, by id': {
    kind: 'logits',
    position: 4,
    weights: [
      { id: 3, coefficient: 0.5 },
      { id: 3, coefficient: 1.5 },
    ],
  },
  'a log-probability': { kind: 'log-prob', position: T - 1, target: [5, 17] },
  'a divergence': { kind: 'kl', position: T - 2, reference: OTHER, referencePosition: T - 1 },
};

/** Each kind of edit, in the middle of things: gradients before it, after it and at it are asked for. */
export const EDITS: Record<string, Edit[]> = {
  zero: [{ kind: 'zero', site: 'L1.z', head: 1 }],
  set: [{ kind: 'set', site: 'L0.mlp_post', neuron: 3, position: 2, value: 0.7 }],
  'scale, by one number': [{ kind: 'scale', site: 'L1.resid_pre', position: -1, value: 0.5 }],
  'scale, by many': [
    { kind: 'scale', site: 'L0.mlp_out', value: Array.from({ length: 15 }, (_, i) => 0.2 * i - 1) },
  ],
  'scale of keys': [{ kind: 'scale', site: 'L1.k', head: 2, value: -1.5 }],
  'scale of scores': [{ kind: 'scale', site: 'L1.scores', head: 0, value: 2 }],
  'mean of the prompt': [{ kind: 'mean', site: 'L0.attn_out' }],
  'mean of the prompt, at one place': [{ kind: 'mean', site: 'L1.q', position: -1, head: 1 }],
  'a mean that is given': [{ kind: 'mean', site: 'L0.hook_mlp_out', position: 2, of: Array(15).fill(0.3) }],
  'from another run': [{ kind: 'from-run', site: 'L0.resid_mid', position: 3, source: { tokens: OTHER } }],
  'knock-out': [{ kind: 'knock-out', site: 'L1.pattern', head: 1, query: -1, key: 2 }],
  'knock-out of a key that is all there is': [
    { kind: 'scale', site: 'L1.pattern', query: 4, value: 0.6 },
    { kind: 'knock-out', site: 'L1.pattern', key: 0 },
    { kind: 'knock-out', site: 'L1.pattern', query: -1, key: 4 },
    { kind: 'scale', site: 'L1.pattern', head: 2, value: 1.3 },
  ],
  'norms frozen': [
    { kind: 'freeze-norm', site: 'L0.ln1', value: 0.5 },
    { kind: 'freeze-norm', site: 'L1.ln2', value: 2 },
    { kind: 'freeze-norm', site: 'ln_final', value: 3 },
  ],
  'norms frozen, paths apart': [
    { kind: 'freeze-norm', site: 'L0.ln1', value: 0.4, path: 'qk' },
    { kind: 'freeze-norm', site: 'L1.ln1', value: 1.5, path: 'qk' },
    { kind: 'freeze-norm', site: 'L1.ln1', value: 2.5, path: 'v' },
  ],
  'several at one hook': [
    { kind: 'add', site: 'L1.v', value: 0.1 },
    { kind: 'scale', site: 'L1.v', head: 0, value: 3 },
    { kind: 'mean', site: 'L1.v', position: 5 },
    { kind: 'zero', site: 'L1.v', position: 0, head: 2 },
  ],
};
