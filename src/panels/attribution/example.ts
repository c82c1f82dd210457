/** The attribution as worth looking at: the one head that carries the answer, pinned. */

import type { PanelExample } from '../panelExample.ts';

export const attributionExample: PanelExample = {
  title: 'One head carries the answer',
  state: { pinned: { layer: 5, head: 3 } },
  says: [
    'adds up within',
    'L5H3: Original +5.99',
    'what the model says',
    'LN-free has none: exact by construction',
  ],
};
