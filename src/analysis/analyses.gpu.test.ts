/** Every analysis on our kernels, on one device: they are compiled once for all. */

import { describe, expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint } from '../weights/testing.ts';
import { activationPatchingGoldenSuite } from './activationPatching.suite.ts';
import { activationPatchingSuite } from './activationPatchingExact.suite.ts';
import { attentionHeadsSuite } from './attentionHeads.suite.ts';
import { attributionPatchingSuite } from './attributionPatching.suite.ts';
import { perPositionSuite } from './attributionPerPosition.suite.ts';
import { directEffectSuite } from './directEffect.suite.ts';
import { editedRunsSuite } from './editedRuns.suite.ts';
import { analysisGoldenSuite } from './golden.suite.ts';
import { inductionSuite } from './induction.suite.ts';
import { logitLensSuite } from './logitLens.suite.ts';
import { neuronAblationSuite } from './neuronAblation.suite.ts';
import { normScalesSuite } from './normScales.suite.ts';
import { normSurgerySuite } from './normSurgery.suite.ts';
import { nullDirectionSuite } from './nullDirection.suite.ts';
import { tokenStatsOf } from './tokenStats.ts';
import { unembedSuite } from './unembed.suite.ts';
import { BLOCK_BYTES } from './unembed.ts';
import { writesSuite } from './writes.suite.ts';

const backend = createWebGpuBackend();
const SUITES = {
  'the golden values': analysisGoldenSuite,
  unembedding: unembedSuite,
  'attribution per position': perPositionSuite,
  'direct effects': directEffectSuite,
  'the logit lens': logitLensSuite,
  'attention heads': attentionHeadsSuite,
  'scales of norms': normScalesSuite,
  'surgery on norms': normSurgerySuite,
  'ablated neurons': neuronAblationSuite,
  'a text read twice': inductionSuite,
  'the direction least read': nullDirectionSuite,
  'what parts write': writesSuite,
  'edited runs': editedRunsSuite,
  'attribution patching': attributionPatchingSuite,
  'golden patching maps': activationPatchingGoldenSuite,
  'activation patching': (open: () => typeof backend) => activationPatchingSuite(open, 11),
};
for (const [name, suite] of Object.entries(SUITES)) describe(name, () => suite(() => backend));

test('two arms’ statistics hold 16 MB of logits at a time, of the 48 MB that there are', async () => {
  const gpu = await backend;
  const wide = { nLayers: 1, nCtx: 200, dVocab: 30_000 };
  const model = await loadModel(gpu, memoryFiles(makeTinyCheckpoint(wide)));
  const tokens = Array.from({ length: wide.nCtx }, (_, i) => 7 * i);
  const cache = await model.run([tokens], ['ln_final.hook_normalized']);
  const before = gpu.counters.neededBytes;
  const { between } = await tokenStatsOf([
    { model, cache },
    { model, cache },
  ]);
  expect(Math.max(...(between[0]?.jsd.data ?? [Infinity]))).toBeLessThan(1e-6);
  expect(gpu.counters.neededBytes - before).toBeLessThan(1.2 * BLOCK_BYTES);
  cache.dispose();
  model.park();
});
