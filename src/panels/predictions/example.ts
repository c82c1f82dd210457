/** The predictions as worth looking at: all three arms by probability. */

import type { PanelExample } from '../panelExample.ts';

export const predictionsExample: PanelExample = {
  title: 'She, by every arm',
  state: { shown: ['original', 'vanilla', 'lnfree'] },
  says: ['target', 'contrast', '␣her', 'entropy', 'Δ points'],
};
