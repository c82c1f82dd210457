/** Row 15: device memory after a run that keeps the smallest useful cache, against weights + that cache + the scratch of a static plan. */

import { size } from '../../src/base/shapes.ts';
import { allHooks } from '../../src/model/hooks.ts';
import { type ModelConfig, paramShapes } from '../../src/tensor/params.ts';
import type { Count } from '../contract.ts';
import type { CountedCase } from '../page/cases.ts';
import type { Machine } from '../page/machine.ts';
import { ourModel } from '../page/ourForward.ts';
import { randomModel, randomTokens } from '../page/weights.ts';
import { LIMITS } from '../targets.ts';

const T = 64;
const F32 = 4;

/** What everything else is one cheap op away from (PERF §2). */
const SMALLEST = /(^hook_(pos_)?embed|attn\.hook_[qkvz]|mlp\.hook_pre|hook_attn_out|hook_mlp_out)$/;

export const memory: readonly CountedCase[] = [
  {
    row: 'memory',
    name: 'memory: device bytes ÷ counted',
    model: 'a sixth of GPT-2 small, random: two layers',
    T,
    dtype: 'f32',
    kind: 'counted',
    peer: 'weights + smallest cache + scratch',
    suites: ['ci', 'full'],
    count,
  },
];

async function count(machine: Machine): Promise<Count> {
  const random = randomModel('sixth');
  const { config } = random;
  const backend = await machine.freshBackend(); // what other cases have left behind is none of this one's
  const model = ourModel(backend, random);
  const kept = allHooks(config, T).filter(({ name }) => SMALLEST.test(name));
  const hooks = [...kept.map(({ name }) => name), 'logits'];
  const cache = await model.run([randomTokens(T, config.dVocab)], hooks);
  await machine.done();
  const { gpuBytes } = backend.counters;
  cache.dispose();
  model.park();

  const weights = [...paramShapes(config).values()].reduce((sum, shape) => sum + F32 * size(shape), 0);
  const cached = kept.reduce((sum, { shape }) => sum + F32 * size(shape), 0);
  return { value: gpuBytes / (weights + cached + scratchBytes(config)), limit: LIMITS.memory };
}

/**
 * What must be alive at once besides weights and cache, at the worst moment: in attention the residual, its norm, scores
 * and pattern; in the MLP the residual, its norm and the activations; at the end the residual, its norm and the logits.
 */
function scratchBytes({ dModel, dMlp, nHeads, dVocab }: ModelConfig): number {
  const attention = 2 * T * dModel + 2 * nHeads * T * T;
  const mlp = 2 * T * dModel + T * dMlp;
  const end = 2 * T * dModel + T * dVocab;
  return F32 * Math.max(attention, mlp, end);
}
