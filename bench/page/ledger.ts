/** What a steady run asks of the device, by our own ledger: no load of the machine changes it. */

import { directLogitAttribution, dlaHooks } from '../../src/analysis/directLogitAttribution.ts';
import { tokenStats, tokenStatsHooks } from '../../src/analysis/tokenStats.ts';
import type { WebGpuBackend } from '../../src/gpu/webgpuBackend.ts';
import { LOGITS, ourModel } from './ourForward.ts';
import { type RandomModel, randomTokens } from './weights.ts';

export interface SteadyFigures {
  /** Of a forward pass with the logits of every position. */
  readonly dispatches: number;
  readonly submits: number;
  /** Of a forward pass: buffers and bind groups that were not there before. */
  readonly buffersMade: number;
  readonly bindGroupsMade: number;
  /** Of an interaction: a prompt changes, and a person looks at all tokens' statistics and one's attribution to the heads. */
  readonly readbackBytes: number;
}

/** Runs before the one that counts: by then nothing is new any more. */
const WARM_RUNS = 4;

/** On a backend with nothing on it; `buffersMade` tells all buffers of its device so far, `done` ends when it is idle. */
export async function steadyFigures(
  backend: WebGpuBackend,
  random: RandomModel,
  T: number,
  buffersMade: () => number,
  done: () => Promise<unknown>,
): Promise<SteadyFigures> {
  const model = ourModel(backend, random);
  const tokens = randomTokens(T, random.config.dVocab);
  const ledger = (): SteadyFigures => ({ ...backend.counters, buffersMade: buffersMade() });

  const forward = async () => {
    const cache = await model.run([tokens], LOGITS);
    await done();
    cache.dispose();
  };
  const look = async () => {
    const cache = await model.run([tokens], [...tokenStatsHooks(), ...dlaHooks(model.config, 'head')]);
    await tokenStats({ model, cache });
    await directLogitAttribution(
      { model, cache },
      { position: -1, target: [11], contrast: [], centerUnembed: true, unit: 'head', valueBias: 'head' },
    );
    await done();
    cache.dispose();
  };
  const steady = async (work: () => Promise<void>) => {
    for (let i = 0; i < WARM_RUNS; i++) await work();
    const before = ledger();
    await work();
    const after = ledger();
    return (figure: keyof SteadyFigures) => after[figure] - before[figure];
  };
  const ofForward = await steady(forward);
  const ofLook = await steady(look);
  model.park();
  return {
    dispatches: ofForward('dispatches'),
    submits: ofForward('submits'),
    buffersMade: ofForward('buffersMade'),
    bindGroupsMade: ofForward('bindGroupsMade'),
    readbackBytes: ofLook('readbackBytes'),
  };
}
