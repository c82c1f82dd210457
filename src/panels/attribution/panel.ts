/** Direct logit attribution: what each part of each arm adds to the target's logit, with the proof that it adds up. */

import { targetIds } from '../../state/selectors.ts';
import type { Ask } from '../../state/types.ts';
import type { Panel } from '../panel.ts';
import { AttributionView } from './view.tsx';

export const attributionPanel: Panel = {
  id: 'attribution',
  asks: (state): Ask[] => {
    const question = targetIds(state);
    if (!question) return [];
    const parameters = { position: state.position ?? -1, ...question };
    const asks: Ask[] = [
      { slot: 'dla:component', analysis: 'dla', parameters: { ...parameters, unit: 'component' } },
      { slot: 'dla:head', analysis: 'dla', parameters: { ...parameters, unit: 'head' } },
    ];
    // Thousands of terms each, so only when somebody looks.
    if (state.attributionView === 'neuron') {
      asks.push({ slot: 'dla:neuron', analysis: 'dla', parameters: { ...parameters, unit: 'neuron' } });
    }
    if (state.attributionView === 'head-source' && state.pinned?.head !== undefined) {
      asks.push({
        slot: 'dla:head-source',
        analysis: 'dla',
        parameters: { ...parameters, unit: 'head-source' },
      });
    }
    return asks;
  },
  View: AttributionView,
};
