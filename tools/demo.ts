/** What tests know of the demo that is delivered with the page, taken from the registry: other weights need no other tests. */

import { must } from '../src/base/assert.ts';
import { DEMO_PAIR, REGISTRY } from '../src/engine/registry.ts';
import { gpt2Config } from '../src/tensor/params.ts';

const { architecture } = must(
  REGISTRY.find(({ id }) => id === DEMO_PAIR),
  'no demo pair',
);

/** Its configuration, of the arms with LayerNorm. */
export const DEMO = gpt2Config(architecture);

/** Its last layer. */
export const LAST = DEMO.nLayers - 1;
