/** Which panels can be framed alone, what they ask for then, and whether the result that comes with the build answers it. */

import { editsOn } from '../../state/edits/viewed.ts';
import { initialState } from '../../state/initial.ts';
import type { Asker } from '../../state/session.ts';
import type { WorkbenchState } from '../../state/types.ts';
import { FRAMED } from '../framed.ts';
import { panels } from '../index.ts';
import type { Panel } from '../panel.ts';

/** The panel as it stands on the page, or undefined where it cannot be framed. */
export function panelOf(id: string): Panel | undefined {
  return FRAMED.some((framed) => framed.id === id) ? panels.find((panel) => panel.id === id) : undefined;
}

/** What a framed panel asks for: its own, the tokens that everything hangs on, and what identifies the numbers in a link. */
export function askersOf(id: string): Asker[] {
  const asked = ['tokens', 'predictions', 'attribution', id];
  return panels.filter((panel) => asked.includes(panel.id)).map((panel) => panel.asks);
}

/** Whether the committed result is of this very question, arms and view, so that it may be drawn before an engine runs. */
export function isAnsweredByBuild(state: WorkbenchState, panel: Panel): boolean {
  const opening = initialState();
  const prompt = ({ pair, text, prependBos }: WorkbenchState) => JSON.stringify([pair, text, prependBos]);
  if (prompt(state) !== prompt(opening) || editsOn(state)) return false;
  const committed = new Set(panels.flatMap(({ asks }) => asks(opening)).map((ask) => JSON.stringify(ask)));
  const asks = panel.asks(state);
  const drawn = asks.every((ask) => {
    const arms = state.slots[ask.slot].result?.arms ?? {};
    return committed.has(JSON.stringify(ask)) && state.shown.every((arm) => arm in arms);
  });
  return asks.length > 0 && drawn;
}
