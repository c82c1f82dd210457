/** The logit lens: what each layer would predict if it were the last, and from which layer on the answer stands. */

import { logitLensAsks } from '../../state/closer/logitLensAsks.ts';
import { ALL_EDITED, type CloserPanel } from '../panel.ts';
import { LogitLensView } from './view.tsx';

export const logitLensPanel: CloserPanel = {
  id: 'logit-lens',
  tab: 'Logit lens',
  question: 'When does it know?',
  edited: ALL_EDITED,
  asks: logitLensAsks,
  View: LogitLensView,
};
