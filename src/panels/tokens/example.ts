/** The token strip as worth looking at: where the three arms part ways. */

import type { PanelExample } from '../panelExample.ts';

export const tokensExample: PanelExample = {
  title: 'Where the arms disagree',
  state: { colourBy: 'jsd', shown: ['original', 'vanilla', 'lnfree'] },
  says: ['␣girl', '2576', 'Vanilla FT ‖ LN-free'],
};
