/** Edits: what is changed inside the models, in which order, and what that does. */

import { effectsAsks } from '../../state/edits/effects.ts';
import type { Panel } from '../panel.ts';
import { EditsView } from './view.tsx';

export const editsPanel: Panel = {
  id: 'edits',
  asks: effectsAsks,
  View: EditsView,
};
