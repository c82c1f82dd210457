/**
 * Row 14: what a steady run asks of the device, by our own ledger. No load of the machine changes it, except for submits
 * on an adapter so slow that a run is cut to keep each of them short.
 */

import { directLogitAttribution, dlaHooks } from '../../src/analysis/directLogitAttribution.ts';
import { tokenStats, tokenStatsHooks } from '../../src/analysis/tokenStats.ts';
import type { OpsModel } from '../../src/model/opsModel.ts';
import type { CountedCase } from '../page/cases.ts';
import type { Machine } from '../page/machine.ts';
import { LOGITS, ourModel, runOnce } from '../page/ourForward.ts';
import { randomModel, randomTokens } from '../page/weights.ts';
import { LIMITS } from '../targets.ts';

const T = 16;
const SHAPE = 'sixth';
const N_LAYERS = 2;
/** Runs before the one that counts: by then nothing is new any more. */
const WARM_RUNS = 4;

interface Figures {
  readonly dispatches: number;
  readonly submits: number;
  readonly buffersMade: number;
  /** Of an interaction, the others of a forward pass. */
  readonly readbackBytes: number;
}

const COUNTERS: readonly { name: string; peer: string; limit: number; figure: keyof Figures }[] = [
  {
    name: 'dispatches per forward',
    peer: '7 per layer + 4',
    limit: LIMITS.dispatchesPerForward(N_LAYERS),
    figure: 'dispatches',
  },
  {
    name: 'submits per forward',
    peer: 'one',
    limit: LIMITS.submitsPerForward,
    figure: 'submits',
  },
  {
    name: 'readback bytes per interaction',
    peer: '64 KiB',
    limit: LIMITS.readbackBytesPerInteraction,
    figure: 'readbackBytes',
  },
  {
    name: 'allocations per steady run',
    peer: 'none',
    limit: LIMITS.allocationsPerSteadyRun,
    figure: 'buffersMade',
  },
];

export const counters: readonly CountedCase[] = COUNTERS.map(({ name, peer, limit, figure }) => ({
  row: 'counters',
  name: `counters: ${name}`,
  model: 'a sixth of GPT-2 small, random: two layers',
  T,
  dtype: 'f32',
  kind: 'counted',
  peer,
  suites: ['ci', 'full'],
  count: async (machine) => ({ value: (await figuresOn(machine))[figure], limit }),
}));

const counted = new WeakMap<Machine, Promise<Figures>>();

/** All figures come from the same few runs. */
function figuresOn(machine: Machine): Promise<Figures> {
  const known = counted.get(machine) ?? countFigures(machine);
  counted.set(machine, known);
  return known;
}

/** On a backend of its own, whose memory no other case has been at. */
async function countFigures(machine: Machine): Promise<Figures> {
  const backend = await machine.freshBackend();
  const random = randomModel(SHAPE);
  const tokens = randomTokens(T, random.config.dVocab);
  const model = ourModel(backend, random);
  const ledger = () => ({ ...backend.counters, buffersMade: machine.buffersMade });
  const steady = async (work: () => Promise<void>) => {
    for (let i = 0; i < WARM_RUNS; i++) await work();
    const before = ledger();
    await work();
    const after = ledger();
    return (figure: keyof Figures) => after[figure] - before[figure];
  };
  const forward = await steady(() => runOnce(machine, model, tokens, LOGITS));
  const look = await steady(() => interaction(machine, model, tokens));
  model.park();
  return {
    dispatches: forward('dispatches'),
    submits: forward('submits'),
    buffersMade: forward('buffersMade'),
    readbackBytes: look('readbackBytes'),
  };
}

/** A prompt changes and a person looks at every token's statistics and at the heads' attribution of one. */
async function interaction(machine: Machine, model: OpsModel, tokens: readonly number[]): Promise<void> {
  const hooks = new Set([...tokenStatsHooks(), ...dlaHooks(model.config, 'head')]);
  const cache = await model.run([tokens], hooks);
  await tokenStats({ model, cache });
  await directLogitAttribution(
    { model, cache },
    { position: -1, target: [11], contrast: [], centerUnembed: true, unit: 'head', valueBias: 'head' },
  );
  await machine.done();
  cache.dispose();
}
