/** The seeded two-layer checkpoints whose float64 activations are committed in src/model/fixtures. */

import { makeTinyCheckpoint } from '../../src/weights/testing.ts';

/** d_head 5 and d_model 15 are not multiples of any tile. */
const SHAPE = { nLayers: 2, dModel: 15, nHeads: 3, nCtx: 16, dVocab: 37, seed: 2507 };

/** Seven tokens, the last id among them. */
export const TINY_TOKENS = [36, 0, 5, 17, 5, 29, 11];

/** form → file name → bytes. */
export const TINY_CHECKPOINTS = {
  layer: () => makeTinyCheckpoint({ ...SHAPE, form: 'layer' }),
  lnfree: () => makeTinyCheckpoint({ ...SHAPE, form: 'lnfree-2025' }),
  untied: () => makeTinyCheckpoint({ ...SHAPE, form: 'layer', tied: false }),
};
