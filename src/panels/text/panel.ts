/** On a text: how the arms do on many tokens, not on one prompt: loss, calibration, context, and where they disagree. */

import type { CloserPanel } from '../panel.ts';
import { TextView } from './view.tsx';

export const textPanel: CloserPanel = {
  id: 'text',
  tab: 'On a text',
  question: 'How do they do on a whole text?',
  asks: () => [], // by its button only: it takes long, and is no answer to a question about the prompt
  View: TextView,
};
