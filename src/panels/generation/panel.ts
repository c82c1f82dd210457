/** Generation: how each arm goes on from the prompt, side by side, or how the others read what one of them writes. */

import type { Panel } from '../panel.ts';
import { GenerationView } from './view.tsx';

export const generationPanel: Panel = {
  id: 'generation',
  asks: () => [], // by its button only: it takes seconds, and is no answer to a question about the prompt
  View: GenerationView,
};
