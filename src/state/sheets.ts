/** What opens over the page by a key: the help, and the list of commands. */

import { setState } from './store.ts';

export type Sheet = 'help' | 'palette';

/** Opens one, in place of the one that is open. */
export function openSheet(sheet: Sheet): void {
  setState({ sheet });
}

export function closeSheet(): void {
  setState({ sheet: null });
}
