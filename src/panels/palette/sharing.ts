/** Commands that take what is on show elsewhere, or back. */

import { notify, notifyError } from '../../state/notices.ts';
import { EXPORTS, saveExport } from '../exports.ts';
import { linkAddress, saveLink } from '../linkOnShow.ts';
import type { Command } from './matching.ts';
import { openBox } from './places.ts';

/** Links, the states of this visit, and everything that what is on show can be saved as. */
export function sharingCommands(): Command[] {
  const [group, page] = ['Export', 'Page'];
  return [
    { id: 'link', group: page, title: 'Copy the link', about: 'share', run: () => void copyLink() },
    {
      ...{ id: 'history', group: page, title: 'History of runs', about: 'restore or compare' },
      run: () => openBox('History of this visit'),
    },
    { id: 'link:file', group: page, title: 'Save the link as a file', about: 'share', run: saveLink },
    ...EXPORTS.map(({ kind, label, about }) => ({
      ...{ id: `export:${kind}`, group, title: label, about: `save as ${kind}: ${about}` },
      run: () => void saveExport(kind).catch((error) => notifyError('That could not be exported', error)),
    })),
    {
      ...{ id: 'export:activations', group, title: 'Raw activations…', about: '.safetensors' },
      run: () => openBox('Export what is on show'),
    },
  ];
}

/** Where the clipboard is closed to the page, the link becomes a file, as under Share. */
async function copyLink(): Promise<void> {
  const address = await linkAddress();
  try {
    await navigator.clipboard.writeText(address);
    notify('info', 'The link is copied', `It has ${address.length} characters.`);
  } catch {
    saveLink();
  }
}
