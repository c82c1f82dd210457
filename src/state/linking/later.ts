/** Links, for the page's first script: their code is fetched once the page stands, or by whoever needs it before. */

import { notifyError } from '../notices.ts';
import { getState } from '../store.ts';

type Opening = typeof import('./open.ts');

/** The address says what is on show from now on, and what it says is opened: now, and when somebody changes it. */
export async function followLinks(): Promise<void> {
  const now = getState();
  await withLinks(async ({ openAddress }) => {
    const { followPage } = await import('./address.ts');
    followPage(now);
    window.addEventListener('hashchange', () => void openAddress());
    await openAddress();
  });
}

export function undo(): Promise<void> {
  return withLinks((links) => links.undo());
}

export function redo(): Promise<void> {
  return withLinks((links) => links.redo());
}

/** What a file holds that was saved in place of a link too long for an address. */
export function openLinkFile(file: File): Promise<void> {
  return withLinks((links) => links.openLinkFile(file));
}

async function withLinks(act: (links: Opening) => Promise<void>): Promise<void> {
  let links: Opening;
  try {
    links = await import('./open.ts');
  } catch (error) {
    return notifyError('Links cannot be followed', error);
  }
  await act(links);
}
