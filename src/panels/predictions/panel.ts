/** What each arm predicts next, side by side, with the target and the contrast always in sight. */

import type { Ask } from '../../state/types.ts';
import type { Panel } from '../panel.ts';
import { PredictionsView } from './view.tsx';

export const predictionsPanel: Panel = {
  id: 'predictions',
  asks: ({ position, predictionCount, target, contrast }): Ask[] => [
    {
      slot: 'predictions',
      analysis: 'predictions',
      parameters: {
        position: position ?? -1,
        k: predictionCount,
        score: [...target, ...contrast].map((token) => token.id),
      },
    },
  ],
  View: PredictionsView,
};
