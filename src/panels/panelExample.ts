/** States of the page worth looking at, one per panel, for tests and for whoever works on a panel. Not part of the page. */

import type { WorkbenchState } from '../state/types.ts';

/** A panel's `example.ts` exports one of these. */
export interface PanelExample {
  title: string;
  state: Partial<WorkbenchState>;
  /** Words that must be on screen then. */
  says: readonly string[];
}
