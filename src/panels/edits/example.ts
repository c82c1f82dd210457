/** The strip as worth looking at: a head taken out, an MLP switched off again, and a form for more. */

import type { PanelExample } from '../panelExample.ts';

export const editsExample: PanelExample = {
  title: 'A head set to 0',
  state: {
    edits: [
      { id: 1, edit: { kind: 'zero', site: 'blocks.3.attn.hook_z', head: 2 }, on: true, about: null },
      { id: 2, edit: { kind: 'mean', site: 'blocks.3.hook_mlp_out', position: 10 }, on: false, about: null },
    ],
    editForm: true,
  },
  says: ['L3H2 z → 0', 'L3 MLP at 10 ␣girl → its mean over the prompt', 'edited − base', 'set to 0'],
};
