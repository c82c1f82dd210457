/** Row 8: exact patching maps, by heads and by positions, against the forward pass that each of their runs would be by itself. */

import { type PatchQuestion, PatchSweep } from '../../src/analysis/activationPatching.ts';
import { must } from '../../src/base/assert.ts';
import type { Edit } from '../../src/model/edits.ts';
import { blockHook } from '../../src/model/hooks.ts';
import type { OpsModel } from '../../src/model/opsModel.ts';
import { largestDifference, type TimedCase, type Trial } from '../page/cases.ts';
import { type ForwardSize, forwardCases, type Subject } from '../page/forwardCases.ts';
import { LOGITS, runOnce } from '../page/ourForward.ts';

const SIZES: readonly ForwardSize[] = [
  { T: 64, shape: 'sixth', suites: ['ci'] },
  { T: 64, shape: 'small', suites: ['full'], mostRounds: 1 },
];

const MAPS = [
  { row: 'sweep.heads', site: 'z', granularity: 'head' },
  { row: 'sweep.layerpos', site: 'resid_pre', granularity: 'position' },
] as const;

/** Entries of a map that are made again, a whole run each. */
const SAMPLES = 8;
/** What they may differ by: effects are smaller than logits, to which the suite's own gate belongs. */
const AGREEMENT = 1e-4;

export const sweeps: readonly TimedCase[] = MAPS.flatMap((map) =>
  forwardCases(
    SIZES,
    ({ T }) => ({ row: map.row, name: `${map.row} T${T}` }),
    'the forward pass',
    (subject) => trial(subject, map),
  ).map((each) => ({ ...each, runsPerCall: 2 * (map.granularity === 'head' ? 12 : each.T) })),
);

async function trial({ machine, model, tokens }: Subject, map: (typeof MAPS)[number]): Promise<Trial> {
  const { nLayers, dVocab } = model.config;
  // Every token differs, so that no run can be left out.
  const corrupted = tokens.map((id) => (id + 1) % dVocab);
  const question: PatchQuestion = {
    ...map,
    // What a run costs falls evenly with its layer, so that the first and the last cost as much as all do on average.
    layers: [0, nLayers - 1],
    direction: 'denoising',
    normalise: false,
    target: [1],
    contrast: [2],
  };
  const sweep = () => new PatchSweep(model.config, question, tokens, corrupted);
  const { own: read, other: alsoRead } = sweep().hooks;
  const own = await model.run([corrupted], read);
  const other = await model.run([tokens], alsoRead);
  const measure = async () => {
    const map = sweep();
    await map.measure({ model, own, other }, Number.POSITIVE_INFINITY);
    return map.arm();
  };
  return {
    difference: async () => {
      const { values, corruptedMetric } = await measure();
      const width = values.data.length / question.layers.length;
      // The last position among them, whose effect is the largest.
      const places = Array.from(
        { length: SAMPLES },
        (_, i) => Math.floor(((i + 1) * values.data.length) / SAMPLES) - 1,
      );
      const again: number[] = [];
      for (const place of places) {
        const layer = must(question.layers[Math.floor(place / width)], 'a layer');
        const part = map.granularity === 'head' ? { head: place % width } : { position: place % width };
        const site = blockHook(layer, map.site === 'z' ? 'attn.hook_z' : 'hook_resid_pre');
        const edit: Edit = { kind: 'from-run', site, ...part, source: { tokens } };
        again.push((await metricOf(model, corrupted, edit)) - corruptedMetric);
      }
      const difference = largestDifference(
        places.map((place) => values.data[place] as number),
        again,
      );
      if (difference <= AGREEMENT) return difference;
      throw new Error(`effects differ by ${difference} from those of whole runs (${AGREEMENT})`);
    },
    ours: async () => {
      await measure(); // the map is read back: that too is its price
    },
    peer: () => runOnce(machine, model, tokens, LOGITS),
    dispose: async () => {
      own.dispose();
      other.dispose();
      model.park();
    },
  };
}

/** Logit of token 1 − logit of token 2 at the last position of a whole edited run. */
async function metricOf(model: OpsModel, tokens: readonly number[], edit: Edit): Promise<number> {
  const cache = await model.run([tokens], LOGITS, [edit]);
  const [logits] = await cache.ops.read([cache.get('logits')]);
  cache.dispose();
  const last = logits.subarray(-model.config.dVocab);
  return (last[1] as number) - (last[2] as number);
}
