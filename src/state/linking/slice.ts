/** Small tools of everything here: changing the slice, and telling whether two links say the same. */

import { setState } from '../store.ts';
import type { LinkingSlice } from './types.ts';

export function patchLinking(change: Partial<LinkingSlice>): void {
  setState(({ linking }) => ({ linking: { ...linking, ...change } }));
}

/** By content: two objects that say the same are the same state. */
export function same(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
