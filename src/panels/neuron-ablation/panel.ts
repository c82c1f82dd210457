/** Confidence neurons, the close look: what happens to entropy and loss when they are held at their mean, and through what. */

import { neuronAblationAsks } from '../../state/closer/neuronAblationAsks.ts';
import type { CloserPanel } from '../panel.ts';
import { NeuronAblationView } from './view.tsx';

export const neuronAblationPanel: CloserPanel = {
  id: 'neuron-ablation',
  tab: 'Confidence neurons',
  question: 'Do they set how sure it is?',
  edited:
    'What is ablated here is ablated in the edited models; what is said of weights is the same with and without edits.',
  asks: neuronAblationAsks,
  View: NeuronAblationView,
};
