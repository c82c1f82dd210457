/** What a panel is: a question, the requests it needs answered, and a view. One folder each. */

import type { ComponentType } from 'react';
import type { Asker } from '../state/session.ts';
import type { WorkbenchState } from '../state/types.ts';

export interface Panel {
  /** The folder's name; also the stem of exported files. */
  id: string;
  /** The requests for a state of the page, as data. */
  asks: Asker;
  example: PanelExample;
  View: ComponentType;
}

/** A state worth looking at, for the gallery and for tests, and words that must be on screen then. */
export interface PanelExample {
  title: string;
  state: Partial<WorkbenchState>;
  says: readonly string[];
}
