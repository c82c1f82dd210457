/** The paper: its claims one by one, each with the published number and a button that measures it here. */

import type { CloserPanel } from '../panel.ts';
import { PaperView } from './view.tsx';

export const paperPanel: CloserPanel = {
  id: 'paper',
  tab: 'The paper',
  question: 'What of it holds here, claim by claim?',
  asks: () => [], // by its buttons only: each claim asks what it needs
  View: PaperView,
};
