/** The attribution as worth looking at: the one head that carries the answer, pinned. */

import { initialState } from '../../state/initial.ts';
import { signed } from '../../ui/format.ts';
import type { PanelExample } from '../panelExample.ts';

const heads = (initialState().slots['dla:head'].result?.arms.original?.terms ?? []).filter(
  ({ head }) => head !== undefined,
);
const [strongest] = heads.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));

export const attributionExample: PanelExample = {
  title: 'One head carries the answer',
  state: { pinned: { layer: strongest?.layer ?? 0, head: strongest?.head ?? 0 } },
  says: [
    'adds up within',
    `${strongest?.label}: Original ${signed(strongest?.value ?? Number.NaN, 2)}`,
    'what the model says',
    'LN-free has none: exact by construction',
  ],
};
