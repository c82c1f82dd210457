/** LayerNorm itself: what each norm divides by, why, and what happens when it is taken out. */

import { normsAsks } from '../../state/closer/normsAsks.ts';
import type { CloserPanel } from '../panel.ts';
import { NormsView } from './view.tsx';

export const normsPanel: CloserPanel = {
  id: 'norms',
  tab: 'LayerNorm itself',
  question: 'What does it divide by?',
  edited: 'Every norm’s σ is of the edited models; taking LayerNorm out starts from the models as they are.',
  asks: normsAsks,
  View: NormsView,
};
