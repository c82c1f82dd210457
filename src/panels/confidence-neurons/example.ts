/** The confidence neurons as worth looking at: a neuron chosen, on two arms. */

import type { PanelExample } from '../panelExample.ts';

export const confidenceNeuronsExample: PanelExample = {
  title: 'The best-ranked neuron chosen',
  state: { neuron: 100, colourBy: 'neuron' },
  says: ['none worth the name', 'LogitVar', 'rank in LN-free'],
};
