/** The model pairs this build knows: data, not code. One entry to add a pair. */

import type { ArmId, PairId } from './api.ts';

export interface RegisteredArm {
  id: ArmId;
  title: string;
  /** Folder of the checkpoint, relative to the app. */
  path: string;
}

export interface RegisteredPair {
  id: PairId;
  title: string;
  arms: RegisteredArm[];
}

export const REGISTRY: readonly RegisteredPair[] = [
  {
    id: 'demo',
    title: 'Demo · 6 layers, 2.3 M parameters',
    arms: [
      { id: 'original', title: 'Original', path: 'models/demo/original' },
      { id: 'vanilla', title: 'Vanilla FT', path: 'models/demo/vanilla' },
      { id: 'lnfree', title: 'LN-free', path: 'models/demo/lnfree' },
    ],
  },
];

/** The pair the page opens on. */
export const DEMO_PAIR: PairId = 'demo';
