/** Confidence neurons: last-layer neurons that write much and say little, and what they do on this prompt. */

import type { Ask } from '../../state/types.ts';
import type { Panel } from '../panel.ts';
import { ConfidenceNeuronsView } from './view.tsx';

export const confidenceNeuronsPanel: Panel = {
  id: 'confidence-neurons',
  asks: ({ neuronCount, neuronsBy }): Ask[] => [
    {
      slot: 'confidence-neurons',
      analysis: 'confidence-neurons',
      parameters: neuronsBy === null ? { k: neuronCount } : { k: neuronCount, by: neuronsBy },
    },
  ],
  View: ConfidenceNeuronsView,
};
