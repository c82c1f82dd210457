/** Row 9: attribution patching of four sites, two forward passes and one backward, against one forward pass. */

import { type PatchQuestion, PatchSweep } from '../../src/analysis/activationPatching.ts';
import { type AttributedSite, attributionMaps } from '../../src/analysis/attributionPatching.ts';
import { correlation, ranks } from '../../src/analysis/patchAgreement.ts';
import { must } from '../../src/base/assert.ts';
import { logitDifference } from '../../src/model/metric.ts';
import type { Trial } from '../page/cases.ts';
import { type ForwardSize, forwardCases, type Subject } from '../page/forwardCases.ts';
import { LOGITS, runOnce } from '../page/ourForward.ts';

const SIZES: readonly ForwardSize[] = [
  { T: 64, shape: 'sixth', suites: ['ci'] },
  { T: 64, shape: 'small', suites: ['full'], mostRounds: 3 },
];

const SITES = [
  { site: 'resid_pre', granularity: 'position' },
  { site: 'attn_out', granularity: 'position' },
  { site: 'mlp_out', granularity: 'position' },
  { site: 'z', granularity: 'head' },
] as const;

/** The least that estimate and measurement of the last layers' heads must agree, by their ranks. */
const AGREEMENT = 0.9;

export const attributionPatching = forwardCases(
  SIZES,
  ({ T }) => ({ row: 'atp', name: `atp T${T}` }),
  'the forward pass',
  trial,
);

async function trial({ machine, model, tokens }: Subject): Promise<Trial> {
  const { nLayers, dVocab } = model.config;
  const layers = Array.from({ length: nLayers }, (_, layer) => layer);
  // The last quarter differs: a text that is another one altogether is no small change.
  const patched = tokens.map((id, i) => (i < 0.75 * tokens.length ? id : (id + 1) % dVocab));
  const metric = logitDifference(tokens.length - 1, [1], [2]);
  const estimate = (sites: readonly AttributedSite[]) =>
    attributionMaps(model, { patched, source: tokens }, metric, sites);
  const all = SITES.map((site) => ({ ...site, layers, k: 1 }));
  return {
    difference: async () => {
      const question: PatchQuestion = {
        ...{ site: 'z', granularity: 'head', direction: 'denoising', normalise: false },
        ...{ layers: layers.slice(-2), target: [1], contrast: [2] },
      };
      const [estimated] = await estimate([{ ...question, k: 1 }]);
      const sweep = new PatchSweep(model.config, question, tokens, patched);
      const own = await model.run([sweep.own], sweep.hooks.own);
      const other = await model.run([sweep.other], sweep.hooks.other);
      await sweep.measure({ model, own, other }, Number.POSITIVE_INFINITY);
      own.dispose();
      other.dispose();
      const { values, corruptedMetric } = sweep.arm();
      const { values: guess, patchedMetric } = must(estimated, 'no map');
      const agreement = correlation(ranks([...guess.data]), ranks([...values.data])) ?? 0;
      if (agreement < AGREEMENT)
        throw new Error(`estimates rank as measured effects do by ${agreement} only (${AGREEMENT})`);
      return Math.abs(patchedMetric - corruptedMetric); // one number by two ways: the gate of the suite
    },
    ours: async () => {
      await estimate(all); // the maps are read back: that too is its price
    },
    peer: () => runOnce(machine, model, tokens, LOGITS),
    dispose: async () => model.park(),
  };
}
