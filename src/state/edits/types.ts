/** The edits of this visit: what each is, whether it is on, and which of base, edited and difference is looked at. */

import type { Edit } from '../../engine/api.ts';

/** One edit of the list. */
export interface EditEntry {
  id: number;
  edit: Edit;
  on: boolean;
  /** What its numbers are, in words, where it was made from something, e.g. `4 × ␣girl`. */
  about: string | null;
}

/** `difference` is edited − base. */
export type EditView = 'base' | 'edited' | 'difference';

export interface EditsSlice {
  /** In the order in which they apply. */
  edits: EditEntry[];
  editView: EditView;
  /** Whether the form for another edit is open. */
  editForm: boolean;
  /** Whether the table of what each edit does is open. */
  editEffects: boolean;
}
