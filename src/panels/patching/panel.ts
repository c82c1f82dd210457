/** What a position, head or neuron carries: copied from one prompt's run into another's, and what that brings back. */

import type { CloserPanel } from '../panel.ts';
import { PatchingView } from './view.tsx';

export const patchingPanel: CloserPanel = {
  id: 'patching',
  tab: 'Patching',
  question: 'Where is the difference carried?',
  asks: () => [], // everything is asked by its buttons
  View: PatchingView,
};
