/** The confidence neurons as worth looking at: a neuron chosen, on two arms. */

import { initialState } from '../../state/initial.ts';
import { armTitle } from '../../state/selectors.ts';
import type { PanelExample } from '../panelExample.ts';
import { nullSpaceInWords } from './words.ts';

const own = initialState().slots['confidence-neurons'].result?.arms.original;

export const confidenceNeuronsExample: PanelExample = {
  title: 'The best-ranked neuron chosen',
  state: { neuron: own?.neurons[0] ?? null, colourBy: 'neuron' },
  says: [own ? nullSpaceInWords(armTitle('original'), own) : 'no result', 'LogitVar', 'rank in LN-free'],
};
