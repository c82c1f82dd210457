/** What a panel is: a question, the requests it needs answered, and a view. One folder each. */

import type { ComponentType } from 'react';
import type { Asker } from '../state/session.ts';

export interface Panel {
  /** The folder's name, where its `example.ts` is too; also the stem of exported files. */
  id: string;
  /** The requests for a state of the page, as data. */
  asks: Asker;
  View: ComponentType;
}

/** A panel that looks closer: one of them is open at a time, and only then it asks anything. */
export interface CloserPanel extends Panel {
  /** Two or three words for its button. */
  tab: string;
  /** The question it answers, on the button's second line. */
  question: string;
  /** What is said of it while edits are on and seen; absent where it runs the models as they are. */
  edited?: string;
}

/** Said of a panel all of whose runs take edits. */
export const ALL_EDITED = 'These numbers are of the edited models.';
