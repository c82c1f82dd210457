/** Two short texts that part at their second token. */

import type { GeneratedToken } from '../../engine/api.ts';
import { initialState } from '../../state/initial.ts';
import type { PanelExample } from '../panelExample.ts';

const token = (id: number, piece: string, prob: number, rank = 0): GeneratedToken => ({
  id,
  piece,
  logprob: Math.log(prob),
  rank,
  entropy: 1.2,
  best:
    rank === 0 ? { id, piece, logprob: Math.log(prob) } : { id: 673, piece: ' she', logprob: Math.log(0.5) },
});
const read = (...probs: number[]) => probs.map((prob, rank) => ({ logprob: Math.log(prob), rank }));
const { text, prependBos, pair } = initialState();

export const generationExample: PanelExample = {
  title: 'Two texts that part',
  state: {
    generated: {
      prompt: { pair, text, prependBos },
      mode: 'free',
      leader: null,
      by: { engine: 'wgsl', method: 'kv-cache' },
      arms: {
        original: {
          tokens: [token(673, ' she', 0.58), token(2497, ' saw', 0.2), token(257, ' a', 0.7)],
          stop: 'max-tokens',
          readBy: { lnfree: read(0.55, 0.18, 0.66) },
        },
        lnfree: {
          tokens: [token(673, ' she', 0.55), token(1816, ' went', 0.3), token(284, ' to', 0.1, 2)],
          stop: 'max-tokens',
          readBy: { original: read(0.58, 0.25, 0.2) },
        },
      },
    },
  },
  says: ['How it goes on', 'went', 'Use as prompt', '3 tokens', 'The texts part at token 2.'],
};
