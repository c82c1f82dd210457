/** The open panel as it stands on the page, frozen: its title, its table, and its picture. */

import { InputError } from '../../base/errors.ts';
import type { FrozenPanel } from '../../share/html.ts';
import { fromCsv } from '../../ui/csv.ts';
import { svgOf } from '../../ui/picture.ts';
import { panelOnShow } from '../../ui/picturePanels.ts';

/** @throws InputError while it has nothing to show yet. */
export async function frozenPanel(id: string): Promise<FrozenPanel> {
  const panel = panelOnShow(id);
  if (!panel || panel.element.ariaBusy === 'true')
    throw new InputError(
      'The panel that is open is still being computed. Export when it is there, or close the panel.',
      { panel: id },
    );
  const { title, csv, element } = panel;
  return { title, table: csv ? fromCsv(csv()) : null, picture: await svgOf(element, title) };
}
