/** What a part writes: the tokens that a head, an MLP, a neuron or a direction pushes up and down. */

import { writesAsks } from '../../state/closer/writesAsks.ts';
import type { CloserPanel } from '../panel.ts';
import { WritesView } from './view.tsx';

export const writesPanel: CloserPanel = {
  id: 'writes',
  tab: 'What it writes',
  question: 'Which tokens does a part push?',
  edited:
    'What is written at a position is of the edited models; what is said of weights is the same with and without edits.',
  asks: writesAsks,
  View: WritesView,
};
