/** How exact attribution is: what each part is said to add, beside what really goes when it is taken out. */

import { exactnessAsks } from '../../state/closer/exactnessAsks.ts';
import { ALL_EDITED, type CloserPanel } from '../panel.ts';
import { ExactnessView } from './view.tsx';

export const exactnessPanel: CloserPanel = {
  id: 'exactness',
  tab: 'How exact',
  question: 'Is attribution exact?',
  edited: ALL_EDITED,
  asks: exactnessAsks,
  View: ExactnessView,
};
