/** Row 12: how long kernels take to compile on a device that has compiled none, as for a person's first visit. */

import { directLogitAttribution, dlaHooks } from '../../src/analysis/directLogitAttribution.ts';
import { tokenStats, tokenStatsHooks } from '../../src/analysis/tokenStats.ts';
import { createWebGpuBackend, type WebGpuBackend } from '../../src/gpu/webgpuBackend.ts';
import type { OpsModel } from '../../src/model/opsModel.ts';
import type { Count } from '../contract.ts';
import type { CountedCase } from '../page/cases.ts';
import { ourModel } from '../page/ourForward.ts';
import { randomModel, randomTokens } from '../page/weights.ts';
import { LIMITS } from '../targets.ts';

/** The best of so many: other work on the machine only ever adds. */
const TRIES = 2;
const T = 16;

export const compile: readonly CountedCase[] = [
  {
    row: 'compile',
    name: 'compile: all kernels of GPT-2 small',
    model: 'none',
    T: 0,
    dtype: 'f32',
    kind: 'counted',
    peer: 'a limit',
    suites: ['ci', 'full'],
    count: () => best(LIMITS.compileSeconds, allKernels),
  },
  {
    row: 'compile',
    name: 'compile: what a tiny model uses',
    model: 'the demo’s shape, random',
    T,
    dtype: 'f32',
    kind: 'counted',
    peer: 'a limit',
    suites: ['ci', 'full'],
    count: () => best(LIMITS.compileTinySeconds, firstUse),
  },
];

/** Each try on a device of its own; a driver that remembers kernels between devices shows in the first try alone. */
async function best(limit: number, measure: (backend: WebGpuBackend) => Promise<number>): Promise<Count> {
  const seconds: number[] = [];
  for (let i = 0; i < TRIES; i++) {
    const backend = await createWebGpuBackend();
    seconds.push((await measure(backend)) / 1000);
    backend.destroy();
  }
  return { value: Math.min(...seconds), limit, unit: 'seconds' };
}

/** Milliseconds of all kernels that a model of GPT-2 small's head size may use, side by side. */
function allKernels(backend: WebGpuBackend): Promise<number> {
  const { config } = randomModel('demo');
  return clocked(() => backend.prepare('f32', { ...config, dHead: 64 }));
}

/**
 * Milliseconds by which the first look at a prompt takes longer than the second: nothing was compiled ahead but the one
 * product that opening a backend times.
 */
async function firstUse(backend: WebGpuBackend): Promise<number> {
  const random = randomModel('demo');
  const model = ourModel(backend, random);
  const tokens = randomTokens(T, random.config.dVocab);
  const first = await clocked(() => look(model, tokens));
  const second = await clocked(() => look(model, tokens));
  model.park();
  return first - second;
}

/** A run, every token's statistics and the heads' attribution of one. */
async function look(model: OpsModel, tokens: readonly number[]): Promise<void> {
  const cache = await model.run([tokens], new Set([...tokenStatsHooks(), ...dlaHooks(model.config, 'head')]));
  await tokenStats({ model, cache });
  await directLogitAttribution(
    { model, cache },
    { position: -1, target: [11], contrast: [], centerUnembed: true, unit: 'head', valueBias: 'head' },
  );
  cache.dispose();
}

async function clocked(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
