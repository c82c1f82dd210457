/** Verify: whether independent engines compute the same activations, hook by hook, and where they part ways. */

import { verifyAsks } from '../../state/verify.ts';
import type { Panel } from '../panel.ts';
import { VerifyView } from './view.tsx';

export const verifyPanel: Panel = {
  id: 'verify',
  asks: verifyAsks,
  View: VerifyView,
};
