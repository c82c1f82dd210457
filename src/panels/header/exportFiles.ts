/** The files of the export menu, made when one is asked for: nobody needs their code before. */

import { bibtex } from '../../share/bibtex.ts';
import { encodeLink } from '../../share/codec.ts';
import { analysisHtml, type FrozenPanel } from '../../share/html.ts';
import { notebook } from '../../share/notebook.ts';
import { currentLink } from '../../state/linking/address.ts';
import { armTitle, currentPair } from '../../state/selectors.ts';
import type { WorkbenchState } from '../../state/types.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { toJson } from '../../ui/json.ts';
import { frozenPanel } from './exportPanel.ts';
import { everythingShown } from './exportShown.ts';
import { snapshotOf } from './exportSnapshot.ts';

export type ExportKind = 'notebook' | 'html' | 'json' | 'bibtex';

/**
 * One file. `page` is the address without a fragment; `freeze` gives the panel that looks closer, where one is open.
 * @throws InputError while numbers are on their way.
 */
export async function exportFile(
  kind: ExportKind,
  state: WorkbenchState,
  page: string,
  freeze: (id: string) => Promise<FrozenPanel> = frozenPanel,
): Promise<{ name: string; content: string }> {
  const stem = fileStem(state.pair);
  if (kind === 'bibtex') return { name: 'normless.bib', content: bibtex(state.version, page) };
  const link = `${page}#${await encodeLink(currentLink(state))}`;
  if (kind === 'json') return { name: `${stem}.json`, content: toJson(everythingShown(state, link)) };
  const snapshot = snapshotOf(state, page, link);
  if (kind === 'html') {
    const panel = state.open === null ? null : await freeze(state.open);
    return { name: `${stem}.html`, content: analysisHtml(snapshot, glyphs, panel) };
  }
  return { name: `${stem}.ipynb`, content: JSON.stringify(notebook(snapshot), null, 1) };
}

/** What stands below pictures. */
export async function pictureLines(state: WorkbenchState, page: string): Promise<string[]> {
  const { title = state.pair, arms = [] } = currentPair(state) ?? {};
  const shown = state.shown.map((arm) => {
    const dtype = arms.find(({ id }) => id === arm)?.dtype;
    return dtype ? `${armTitle(arm)} (${dtype})` : armTitle(arm);
  });
  return [
    `${title}: ${shown.join(', ')}. Normless ${state.version}, arXiv 2507.02559`,
    `${page}#${await encodeLink(currentLink(state))}`,
  ];
}

/** A file name that every system takes, whatever a pair is called. */
export function fileStem(pair: string, more = ''): string {
  return `normless-${pair}${more}`.replace(/[^\w.-]+/g, '-').slice(0, 80);
}
