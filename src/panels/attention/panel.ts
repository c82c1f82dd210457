/** Attention: where every head looks, what each is known for, and one head in full. */

import { attentionAsks } from '../../state/closer/attentionAsks.ts';
import { ALL_EDITED, type CloserPanel } from '../panel.ts';
import { AttentionView } from './view.tsx';

export const attentionPanel: CloserPanel = {
  id: 'attention',
  tab: 'Attention',
  question: 'Where does each head look?',
  edited: ALL_EDITED,
  asks: attentionAsks,
  View: AttentionView,
};
