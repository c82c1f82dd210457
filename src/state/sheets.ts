/** What opens over the page by a key: the help, and the list of commands. */

import { getState, setState } from './store.ts';

export type Sheet = 'help' | 'palette';

/** Opens one, in place of the one that is open. */
export function openSheet(sheet: Sheet): void {
  setState({ sheet });
}

/** Closes this one; if the other was opened in its place, that stays. */
export function closeSheet(sheet: Sheet): void {
  if (getState().sheet === sheet) setState({ sheet: null });
}
