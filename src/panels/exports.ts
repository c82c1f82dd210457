/** The files that what is on show can be saved as: their names for people, and saving one. Their code is fetched for it. */

import { getState } from '../state/store.ts';
import { download } from '../ui/download.ts';
import type { ExportKind } from './header/exportFiles.ts';

/** In the order of the menu. */
export const EXPORTS: readonly { kind: ExportKind; label: string; about: string }[] = [
  {
    kind: 'notebook',
    label: 'Notebook',
    about: 'Repeats this in PyTorch, TransformerLens and nnsight, these numbers beside (.ipynb)',
  },
  {
    kind: 'html',
    label: 'Web page',
    about: 'These numbers, frozen, in one file that needs no network (.html)',
  },
  { kind: 'json', label: 'All data', about: 'Every request and answer on show, for scripts (.json)' },
  { kind: 'bibtex', label: 'Citation', about: 'The paper and Normless (.bib)' },
];

/** Saves what is on show; returns the file's name. @throws InputError while numbers are on their way. */
export async function saveExport(kind: ExportKind): Promise<string> {
  const { exportFile } = await import('./header/exportFiles.ts');
  const { name, content } = await exportFile(kind, getState(), pageAddress());
  download(name, content);
  return name;
}

/** Without what the fragment says. */
export function pageAddress(): string {
  return `${location.origin}${location.pathname}`;
}
