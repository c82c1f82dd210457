/** The link of what is on show, made anew, so that a change of this moment is in it: as an address, and as a file. */

import { encodeLink, linkFile } from '../share/codec.ts';
import { currentLink } from '../state/linking/address.ts';
import { download } from '../ui/download.ts';
import { pageAddress } from './exports.ts';

export async function linkAddress(): Promise<string> {
  return `${pageAddress()}#${await encodeLink(currentLink())}`;
}

export function saveLink(): void {
  download('normless-link.json', linkFile(currentLink()));
}
